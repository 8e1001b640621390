import type { Part } from '../source.ts';
import { type Server } from './session.ts';
export interface DumpOptions {
    /** How long pg_dump waits for a lock that a migration or an ingest holds. Default: a minute. */
    readonly lockWaitMs?: number;
}
/** `database` as a part of a backup: a custom-format dump, and evidence from the same snapshot. */
export declare function databasePart(server: Server, database: string, { lockWaitMs }?: DumpOptions): Part;
