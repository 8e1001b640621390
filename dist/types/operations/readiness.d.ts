import type { DatabaseEvidence } from '../sources/postgres/evidence.ts';
import { type ServerFacts } from '../sources/postgres/server-facts.ts';
import type { SiteAccess } from './site-access.ts';
export interface ReadinessRequest {
    /** Restore although the living databases have another structure than the backup. */
    readonly acceptSchemaChange: boolean;
    /** Extensions to be made as superuser beside the harmless ones. */
    readonly allowedExtensions: ReadonlySet<string>;
}
/** What a restore would find of the living counterpart of one dump. */
export interface StructureChange {
    readonly database: string;
    readonly differences: readonly string[];
}
/**
 * Everything that can be known to stand in the way before anything is staged: version, space, roles, and a living
 * structure that is another. Throws for the first that does; changes nothing.
 */
export declare function checkReady(request: ReadinessRequest, access: SiteAccess, dumps: readonly {
    readonly evidence: DatabaseEvidence;
}[]): Promise<void>;
/**
 * How much must be free for the staged copies: what the databases measured, a fifth for what comes and goes, and the
 * write-ahead log of loading them. PostgreSQL stops altogether, the living databases with it, when its log finds no room.
 */
export declare function neededBytes(databases: readonly {
    readonly sizeBytes: number;
}[], { maxWalBytes }: Pick<ServerFacts, 'maxWalBytes'>): number;
/** How the living databases differ from what was backed up. One that is not there has no entry. */
export declare function compareStructures({ postgres, signal }: Pick<SiteAccess, 'postgres' | 'signal'>, evidences: readonly DatabaseEvidence[]): Promise<StructureChange[]>;
