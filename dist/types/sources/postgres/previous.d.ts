import { type Copy } from './leftovers.ts';
import type { Postgres } from './postgres.ts';
import type { StagedDatabases } from './staged.ts';
/** The copies one restore (or rollback) put aside. */
export interface PreviousSet {
    readonly runId: string;
    readonly at: string;
    readonly copies: readonly Copy[];
    readonly sizeBytes: number;
}
/** What earlier restores and rollbacks kept, newest first. */
export declare function listPrevious(postgres: Postgres): Promise<PreviousSet[]>;
/** When a set made now is said to have been made: `now`, or just after the newest there is, whatever clock that had. */
export declare function stampAfter(postgres: Postgres, now: Date): Promise<string>;
/** Drops the copies of one set for good. */
export declare function forgetPrevious(postgres: Postgres, set: PreviousSet): Promise<void>;
/** The newest set of previous copies as something to swap in. What lives now is kept in its turn, under `runId`. */
export declare function stagePrevious(postgres: Postgres, runId: string, at: string, withAuthorization?: boolean): Promise<StagedDatabases & {
    readonly set: PreviousSet;
}>;
