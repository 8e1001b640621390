import type { Context } from './context.ts';
import { type SwapRun } from './swap-run.ts';
export interface Outage {
    /** From the first service asked to stop until all that answered before answer again. */
    readonly outageMs: number;
    /** Of that, what stopping and starting took. */
    readonly servicesMs: number;
}
/**
 * The outage: stop what writes, put authorization and then the databases in place, start, ask whether the data is there;
 * if anything fails, put everything back as it was and throw why. When even that fails, throws `needs-person`; the
 * journal then stays for the next run.
 */
export declare function swapIn(run: SwapRun, context: Context): Promise<Outage>;
