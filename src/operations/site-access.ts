import { setTimeout as delay } from 'node:timers/promises';
import { BackupError, isBackupError } from '../errors.ts';
import type { CallOptions, Remote } from '../remote/remote.ts';
import { openPostgres, type Postgres } from '../sources/postgres/postgres.ts';
import type { Container } from '../stack/container.ts';
import { databaseServiceOf } from '../stack/database-service.ts';
import { type HostLock, type Runner, takeLock } from '../stack/lock.ts';
import { readStack, type Stack } from '../stack/stack.ts';
import type { Context } from './context.ts';
import { healDatabases, healHost } from './heal.ts';
import { healVault } from './heal-vault.ts';
import { settleAuthorization } from './settle.ts';
import { unlessAborted } from './unless-aborted.ts';

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
export interface SiteAccess extends HostAccess, Databases {}

/** How long a run that is to stop waits for the host to take its leave. */
export const goodbyeMs = 1_000;

/** How long a run that is to stop waits for a first answer. A job that is cancelled has 10 s in all. */
const lastAnswerMs = 3_000;

/**
 * Whether there is still something to be done on the host: somebody who wants us to stop does not wait for one that gives
 * no answer. Its guard and the next run put right what we would.
 */
export async function isWorthAsking({ remote }: Host, signal: AbortSignal): Promise<boolean> {
  if (!signal.aborted) return true;
  return await remote.run(['true'], { timeoutMs: lastAnswerMs }).then(
    () => true,
    () => false,
  );
}

/** Longer than the host keeps the lock of a run that died. */
export const lockPatienceMs = 40_000;

/** As `enterHost`, of a site whose PostgreSQL runs; `service-missing` or `service-not-running` if it does not. */
export async function enterSite(
  host: Host,
  operation: string,
  runId: string,
  context: Context,
  waitMs = 0,
): Promise<SiteAccess> {
  const access = await enterHost(host, operation, runId, context, waitMs);
  try {
    return { ...access, ...access.requireDatabases() };
  } catch (error) {
    await access[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Takes the host's lock for `operation` and opens the site; disposing of it lets go of both. `waitMs`: how long to wait
 * for a lock that somebody holds. Its PostgreSQL need not run.
 */
export async function enterHost(
  { remote, project }: Host,
  operation: string,
  runId: string,
  context: Context,
  waitMs = 0,
): Promise<HostAccess> {
  await using opened = new AsyncDisposableStack();
  // Side by side: each is a round trip or more, and a small site's backup is made of little else.
  const found = openDatabases(remote, project, runId, context.signal);
  const holder = `${operation} ${runId}`;
  const taken = takeLock(remote, project, holder, waitMs, context.signal);
  const [first, lock] = await Promise.allSettled([found, taken]);
  if (lock.status === 'fulfilled') opened.use<HostLock>(lock.value);
  if (first.status === 'fulfilled') opened.use<Postgres>(first.value.postgres);
  if (lock.status === 'rejected') throw lock.reason;
  const { done: healed, unsettled, databases: closedDatabases } = await healHost(project, lock.value);
  let databases = first.status === 'fulfilled' ? first.value : undefined;
  let closed = first.status === 'rejected' ? first.reason : undefined;
  if (databases === undefined && healed.length > 0) {
    // What was started just now counts as running.
    databases = await openDatabases(remote, project, runId, context.signal).catch((error: unknown) => {
      closed = error;
      return undefined;
    });
    if (databases !== undefined) opened.use<Postgres>(databases.postgres);
  }
  const isDown = isBackupError(closed, 'service-missing') || isBackupError(closed, 'service-not-running');
  if (databases === undefined && !isDown) throw closed;
  if (unsettled !== undefined) {
    try {
      if (databases === undefined) throw closed;
      const now = await readStack(remote, project);
      const host = { remote, project };
      healed.push(...(await settleAuthorization(host, lock.value, now, databases.postgres, unsettled, runId)));
    } catch (error) {
      throw unsettledError(error);
    }
  }
  if (databases !== undefined) {
    healed.push(...(await healDatabases(databases.postgres, closedDatabases)));
  }
  if (healed.length > 0) healed.push(...(await healVault({ remote, project }, lock.value, runId, context)));
  for (const line of healed) context.log.warn(`An earlier run was cut off: ${line}`);
  const stack =
    databases === undefined || healed.length > 0
      ? await readStack(remote, project, { signal: context.signal })
      : databases.stack;
  const held = opened.move();
  let current = lock.value;
  return {
    stack,
    requireDatabases: () => {
      if (databases === undefined) throw closed;
      return databases;
    },
    healed,
    signal: AbortSignal.any([context.signal, lock.value.lost]),
    fenced: { name: remote.name, run: async (command, options) => await current.run(command, options) },
    holdOn: async () => {
      if (!current.lost.aborted && (await isOurs(current))) return false;
      current = held.use(await takeLock(remote, project, holder, lockPatienceMs));
      return true;
    },
    [Symbol.asyncDispose]: async () => await letGo(held, context.signal),
  };
}

/** What keeps a restore of authorization from being ended keeps services down, and is for a person to see to. */
function unsettledError(error: unknown): unknown {
  const passing = ['connection-lost', 'cancelled', 'locked', 'timed-out', 'needs-person'] as const;
  if (!isBackupError(error) || passing.some((code) => code === error.code)) return error;
  return new BackupError(
    'needs-person',
    `A restore of authorization was cut off and cannot be ended: ${error.message}`,
    {
      hint: `${error.hint === undefined ? '' : `${error.hint}. `}Services that write stay down until then; afterwards run recover`,
      cause: error,
    },
  );
}

/** Somebody who wants us to stop does not wait for a host that gives no answer: that lets go of us by itself. */
async function letGo(held: AsyncDisposableStack, signal: AbortSignal): Promise<void> {
  const ended = held.disposeAsync();
  if (!signal.aborted) return await ended;
  await Promise.race([ended, delay(goodbyeMs, undefined, { ref: false })]);
}

/** The site as it is now: staging takes its time, and containers come and go. Throws if PostgreSQL's own was replaced. */
export async function lookAgain({ remote, project }: Host, access: SiteAccess): Promise<SiteAccess> {
  const stack = await readStack(remote, project, { signal: access.signal });
  const database = databaseServiceOf(stack);
  if (database.id === access.database.id) return { ...access, stack, database };
  throw new BackupError('service-replaced', `${database.name} was replaced by another container meanwhile`, {
    hint: 'Nothing that lives was changed: run again once the stack is not being rebuilt',
  });
}

/** The host is asked, since a runner that slept may not have noticed yet that it lost the lock. */
export async function requireLock({ fenced }: Pick<HostAccess, 'fenced'>, options: CallOptions = {}): Promise<void> {
  await fenced.run(['true'], { timeoutMs: 120_000, ...options });
}

async function isOurs(lock: HostLock): Promise<boolean> {
  try {
    await requireLock({ fenced: lock });
    return true;
  } catch (error) {
    if (isBackupError(error, 'locked')) return false;
    throw error;
  }
}

async function openDatabases(
  remote: Remote,
  project: string,
  runId: string,
  signal: AbortSignal,
): Promise<Databases & { readonly stack: Stack }> {
  const stack = await readStack(remote, project, { signal });
  const database = databaseServiceOf(stack);
  return { stack, database, postgres: await unlessAborted(openPostgres(remote, database, runId), signal) };
}
