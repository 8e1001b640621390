import type { Readable } from 'node:stream';
import type { DatabaseEvidence } from './evidence.ts';
import { type Server, type Session } from './session.ts';
/** A dump to be loaded beside the living database. */
export interface DumpToStage {
    readonly evidence: DatabaseEvidence;
    /** The plain dump, from the start, each time it is called. Errors if it is not whole. */
    open(): Promise<Readable>;
}
export interface StageOptions {
    /** Name of the staged database. */
    readonly copy: string;
    /** Name of the role that loads it. */
    readonly stager: string;
    readonly runId: string;
    readonly at: string;
    /** The names of all databases staged in the run. */
    readonly together: readonly string[];
    /** Extensions that may be made as superuser beside the trusted ones. */
    readonly allowedExtensions: ReadonlySet<string>;
    readonly signal: AbortSignal;
}
/**
 * Makes the database `copy` from `template0` and loads the dump into it as a role without superuser rights: an archive
 * is code, and as superuser it could run commands on the host. `admin` is a superuser session on a maintenance database.
 */
export declare function stageDump(server: Server, admin: Session, dump: DumpToStage, options: StageOptions): Promise<void>;
