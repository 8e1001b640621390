import type { Staged } from '../sources/source.ts';
import type { Context } from './context.ts';
import type { OutagePlan } from './outage-plan.ts';
import type { Host, SiteAccess } from './site-access.ts';
export interface Outage {
    /** From the first service asked to stop until all that answered before answer again. */
    readonly outageMs: number;
    /** Of that, what stopping and starting took. */
    readonly servicesMs: number;
}
export interface SwapRun {
    readonly host: Host;
    readonly access: SiteAccess;
    readonly plan: OutagePlan;
    readonly runId: string;
    readonly operation: string;
}
/**
 * The outage: stop what writes, swap, start, ask whether the data is there; if anything fails, put everything back as
 * it was and throw why. When even that fails, throws `needs-person`; the journal then stays for the next run.
 */
export declare function swapIn(run: SwapRun, staged: Staged, context: Context): Promise<Outage>;
