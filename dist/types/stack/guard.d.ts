import type { CallOptions } from '../remote/remote.ts';
import { type Runner } from './lock.ts';
/**
 * Watches over the journal from the host itself. As long as a run holds the lock it only looks on; once none does and the
 * journal is still there, that run is gone: once Docker answers the guard takes the lock and puts right
 * what is written. What it did is kept for whoever comes next. It ends with the journal, or after an hour of trying.
 */
export declare const guardScript: string;
export interface PutRight {
    /** A line for each thing done. */
    readonly done: readonly string[];
    /** `failed`: something does not come up. `unsettled`: authorization is to be settled. In both cases the journal stays. */
    readonly outcome: 'right' | 'failed' | 'unsettled';
}
/** Puts right what the journal names, under our lock. */
export declare function putRight(host: Runner, project: string, options?: CallOptions): Promise<PutRight>;
