import type { Becoming } from '../sources/postgres/exchange.ts';
import type { Staged } from '../sources/source.ts';
import type { Container } from '../stack/container.ts';
import type { Context } from './context.ts';
import type { OutagePlan } from './outage-plan.ts';
import type { Host, SiteAccess } from './site-access.ts';
export interface Outage {
    /** From the first service asked to stop until all that answered before answer again. */
    readonly outageMs: number;
    /** Of that, what stopping and starting took. */
    readonly servicesMs: number;
}
/** Authorization to be put in place before the databases. */
export interface AuthorizationSwap {
    readonly mode: 'secrets' | 'whole';
    readonly vault: Container;
    readonly staged: Staged;
    /** How many entries going back found changed by others, and left as they are. */
    readonly leftToOthers: () => number;
    /** Asks, once the services run again, whether they can log in; gives those that cannot. */
    readonly unwell: () => Promise<readonly string[]>;
}
export interface SwapRun {
    readonly host: Host;
    readonly access: SiteAccess;
    readonly plan: OutagePlan;
    readonly runId: string;
    readonly operation: string;
    readonly authorization: AuthorizationSwap | undefined;
    /** Their renaming is the point of no return for a run that dies; without them it is the keeping of authorization. */
    readonly databases: (Staged & {
        readonly becomes: readonly Becoming[];
    }) | undefined;
}
/** Throws if Vault's container was replaced since authorization was staged for it. */
export declare function requireSameVault({ stack }: SiteAccess, authorization: AuthorizationSwap | undefined): void;
/**
 * The outage: stop what writes, put authorization and then the databases in place, start, ask whether the data is there;
 * if anything fails, put everything back as it was and throw why. When even that fails, throws `needs-person`; the
 * journal then stays for the next run.
 */
export declare function swapIn(run: SwapRun, context: Context): Promise<Outage>;
