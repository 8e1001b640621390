import type { CallOptions, Remote } from '../remote/remote.ts';
import { type Postgres } from '../sources/postgres/postgres.ts';
import type { Container } from '../stack/container.ts';
import { type Runner } from '../stack/lock.ts';
import { type Stack } from '../stack/stack.ts';
import type { Context } from './context.ts';
/** A host to work on: a login, and the compose project there. */
export interface Host {
    readonly remote: Remote;
    readonly project: string;
}
/** A host that is ours to work on: locked, its stack read, and healed of what earlier runs left. */
export interface HostAccess extends AsyncDisposable {
    readonly stack: Stack;
    /** The site's PostgreSQL; throws `service-missing` or `service-not-running` if its container does not run. */
    requireDatabases(): Databases;
    /** The caller's signal, which also aborts if the lock is lost. */
    readonly signal: AbortSignal;
    /** Where commands that change the host run: refuses with `locked` once the lock is not ours. */
    readonly fenced: Runner;
    /**
     * Makes sure that the lock is ours, asking the host; takes it again if it was lost, waiting for whoever has it.
     * Gives whether it had been lost, and so others may have been at work.
     */
    holdOn(): Promise<boolean>;
    /** What was put right on entering, a line each. */
    readonly healed: readonly string[];
}
export interface Databases {
    readonly database: Container;
    readonly postgres: Postgres;
}
/** The same, of a site whose PostgreSQL runs. */
export interface SiteAccess extends HostAccess, Databases {
}
/** How long a run that is to stop waits for the host to take its leave. */
export declare const goodbyeMs = 1000;
/**
 * Whether there is still something to be done on the host: somebody who wants us to stop does not wait for one that gives
 * no answer. Its guard and the next run put right what we would.
 */
export declare function isWorthAsking({ remote }: Host, signal: AbortSignal): Promise<boolean>;
/** Longer than the host keeps the lock of a run that died. */
export declare const lockPatienceMs = 40000;
/** As `enterHost`, of a site whose PostgreSQL runs; `service-missing` or `service-not-running` if it does not. */
export declare function enterSite(host: Host, operation: string, runId: string, context: Context, waitMs?: number): Promise<SiteAccess>;
/**
 * Takes the host's lock for `operation` and opens the site; disposing of it lets go of both. `waitMs`: how long to wait
 * for a lock that somebody holds. Its PostgreSQL need not run.
 */
export declare function enterHost({ remote, project }: Host, operation: string, runId: string, context: Context, waitMs?: number): Promise<HostAccess>;
/** The site as it is now: staging takes its time, and containers come and go. Throws if PostgreSQL's own was replaced. */
export declare function lookAgain({ remote, project }: Host, access: SiteAccess): Promise<SiteAccess>;
/** The host is asked, since a runner that slept may not have noticed yet that it lost the lock. */
export declare function requireLock({ fenced }: Pick<HostAccess, 'fenced'>, options?: CallOptions): Promise<void>;
