import { Readable } from 'node:stream';
import { type Remote } from '../../remote/remote.ts';
import type { Server } from './session.ts';
/** Reads an archive's table of contents as `pg_restore --list` prints it. Takes only the head of `archive`. */
export declare function readTableOfContents(server: Server, archive: Readable, signal: AbortSignal): Promise<string>;
/**
 * Has a pg_restore on `machine` read an archive to its end, writing nowhere: a list of contents alone would not notice
 * that the rest is missing. `command-missing` if there is no pg_restore.
 */
export declare function readWholeArchive(machine: Remote, what: string, archive: Readable, signal: AbortSignal): Promise<void>;
export interface LoadOptions {
    readonly database: string;
    /** A role without superuser rights that owns `database`. */
    readonly role: string;
    /** For `--use-list`. */
    readonly list: string;
    readonly signal: AbortSignal;
}
/**
 * Loads an archive into an empty database as `role`, stopping at the first error. The list goes ahead of the archive on
 * the same standard input, so that no file is needed in the container.
 */
export declare function loadArchive(server: Server, archive: Readable, options: LoadOptions): Promise<void>;
/** A plain SQL script of an archive, by a pg_restore on `machine`. Ends only if all of the archive was read. */
export declare function archiveToSql(machine: Remote, archive: Readable, signal: AbortSignal): Readable;
