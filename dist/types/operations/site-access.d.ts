import type { Remote } from '../remote/remote.ts';
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
/** A site that is ours to work on: locked, its stack read, its PostgreSQL open, and healed of what earlier runs left. */
export interface SiteAccess extends AsyncDisposable {
    readonly stack: Stack;
    readonly database: Container;
    readonly postgres: Postgres;
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
/** Longer than the host keeps the lock of a run that died. */
export declare const lockPatienceMs = 40000;
/**
 * Takes the host's lock for `operation` and opens the site; disposing of it lets go of both. `waitMs`: how long to wait
 * for a lock that somebody holds.
 */
export declare function enterSite({ remote, project }: Host, operation: string, runId: string, context: Context, waitMs?: number): Promise<SiteAccess>;
/** The site as it is now: staging takes its time, and containers come and go. Throws if PostgreSQL's own was replaced. */
export declare function lookAgain({ remote, project }: Host, access: SiteAccess): Promise<SiteAccess>;
