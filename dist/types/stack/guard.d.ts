import type { CallOptions } from '../remote/remote.ts';
import { type Runner } from './lock.ts';
/** Something that was stopped does not start, or a database does not open. */
export declare const notRight = 78;
/**
 * Watches over the journal from the host itself. As long as a run holds the lock it only looks on; once none does and the
 * journal is still there, that run is gone: the guard takes the lock, waits for Docker if that is down, and puts right
 * what is written. What it did is kept for whoever comes next. It ends with the journal, or after an hour of trying.
 */
export declare const guardScript: string;
/**
 * Puts right what the journal names, under our lock. Gives a line for each thing done, and whether all is right: if not,
 * the journal stays.
 */
export declare function putRight(host: Runner, project: string, options?: CallOptions): Promise<{
    readonly done: readonly string[];
    readonly isRight: boolean;
}>;
