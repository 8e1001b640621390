import type { CallOptions } from '../remote/remote.ts';
import type { Becoming } from '../sources/postgres/exchange.ts';
import type { Staged } from '../sources/source.ts';
import type { Container } from '../stack/container.ts';
import { type Journal } from '../stack/journal.ts';
import type { Context } from './context.ts';
import type { OutagePlan } from './outage-plan.ts';
import { type Host, type SiteAccess } from './site-access.ts';
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
/** The site's Vault, if it runs unsealed: so it is to be again, should Docker itself take it down meanwhile. */
export declare function unsealedVault({ host, access }: Pick<SwapRun, 'host' | 'access'>, signal: AbortSignal): Promise<Container | undefined>;
/**
 * Says on the host that copies are about to be made beside what lives: should this run die, the guard there removes the
 * containers it made, and starts what ran should Docker itself die. For `clearJournal`, or `swapIn`.
 */
export declare function announceStaging(host: Host, access: SiteAccess, run: Pick<Journal, 'run' | 'operation'>): Promise<void>;
/** Takes back `announceStaging`. A host that cannot be asked any more does that itself. */
export declare function endStaging({ project }: Host, access: SiteAccess, { signal }: Context): Promise<void>;
/** What the host is to know of this run before it changes anything. */
export declare function journalOf({ access, plan, runId, operation, authorization, databases }: SwapRun, unsealed: Container | undefined): Journal;
export interface StartedAgain {
    /** What starting alone took. */
    readonly startMs: number;
    /** Services that gave data and do not any more. */
    readonly unwell: readonly string[];
}
/** Starts the containers, lets them log in from where they are now, and waits until each of `expected` gives data again. */
export declare function startAgain({ host, access, plan, authorization }: SwapRun, ids: readonly string[], expected: readonly string[], context: Context, options?: CallOptions): Promise<StartedAgain>;
