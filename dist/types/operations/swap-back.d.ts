import { type Journal } from '../stack/journal.ts';
import type { Context } from './context.ts';
import { type SwapRun } from './swap-run.ts';
/** How the site was before the outage. */
export interface Before {
    /** Containers that may have been stopped. */
    readonly stopped: readonly string[];
    /** Services that gave data. */
    readonly expected: readonly string[];
    readonly journal: Journal;
}
/** Always throws: `reason`, once the site is as it was before, else `needs-person`. Not to be stopped by a signal. */
export declare function putBack(run: SwapRun, before: Before, reason: unknown, context: Context): Promise<never>;
