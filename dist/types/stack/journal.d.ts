import type { CallOptions } from '../remote/remote.ts';
import { type Runner } from './lock.ts';
/** A container by its full id, and what it is called. */
export interface Named {
    readonly id: string;
    readonly name: string;
}
/** What a run is about to change on the host, written there before it does. Holds no secret. */
export interface Journal {
    readonly run: string;
    readonly operation: string;
    /** The containers of the project that run, in the order in which they start: should Docker itself die, they go with it. */
    readonly running: readonly Named[];
    /** Those about to be stopped, in the order in which to start them. */
    readonly services: readonly Named[];
    /** PostgreSQL's container and its superuser, and the databases that are about to be closed to connections. */
    readonly postgres?: {
        readonly id: string;
        readonly user: string;
    } | undefined;
    readonly databases: readonly string[];
    /** The Redis whose katsu cache may be out of date afterwards. */
    readonly redis?: string | undefined;
    /** The container about to be frozen. */
    readonly frozen?: Named | undefined;
    /** Databases that change places, by the names they are to have and their OIDs: where all have them, the swap was done. */
    readonly becomes?: readonly {
        readonly name: string;
        readonly oid: number;
    }[] | undefined;
    /** How authorization is restored in the same swap. */
    readonly authorization?: 'secrets' | 'whole' | undefined;
    /** Authorization and databases may be of different times: nothing that writes may be started before that is settled. */
    readonly mixed?: boolean | undefined;
    /** The Vault that is unsealed, and is to be so again should it have been started anew. */
    readonly vault?: Named | undefined;
}
/**
 * Writes the journal, whole or not at all, and sees to it that a guard on the host watches over it: whatever becomes of
 * us, the host puts right what is written there. `host` is the lock, so that nobody else's is replaced.
 */
export declare function writeJournal(host: Runner, project: string, journal: Journal, options?: CallOptions): Promise<void>;
/** What earlier runs left on the host. */
export interface Left {
    /** What was begun and not finished. */
    readonly journal: Journal | undefined;
    /** What the guard has put right since anybody asked, a line each. */
    readonly guarded: readonly string[];
}
/** Reads what earlier runs left. Throws `needs-person` for a journal that cannot be read. */
export declare function readLeft(remote: Runner, project: string, options?: CallOptions): Promise<Left>;
/** Says that nothing is unfinished any more. `host` is the lock, so that nobody else's is removed. */
export declare function clearJournal(host: Runner, project: string, options?: CallOptions): Promise<void>;
