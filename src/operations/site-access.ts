import type { Remote } from '../remote/remote.ts';
import { openPostgres, type Postgres } from '../sources/postgres/postgres.ts';
import type { Container } from '../stack/container.ts';
import { databaseServiceOf } from '../stack/database-service.ts';
import { type HostLock, takeLock } from '../stack/lock.ts';
import { readStack, type Stack } from '../stack/stack.ts';
import type { Context } from './context.ts';
import { heal } from './heal.ts';

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
  /** Makes sure that the lock is ours; takes it again if it was lost, waiting for whoever has it. */
  holdOn(): Promise<void>;
  /** What was put right on entering, a line each. */
  readonly healed: readonly string[];
}

/** Longer than the host keeps the lock of a run that died. */
export const lockPatienceMs = 40_000;

/**
 * Takes the host's lock for `operation` and opens the site; disposing of it lets go of both. `waitMs`: how long to wait
 * for a lock that somebody holds.
 */
export async function enterSite(
  { remote, project }: Host,
  operation: string,
  runId: string,
  context: Context,
  waitMs = 0,
): Promise<SiteAccess> {
  await using opened = new AsyncDisposableStack();
  // Side by side: each is a round trip or more, and a small site's backup is made of little else.
  const found = openDatabase(remote, project, runId, context.signal);
  const taken = takeLock(remote, project, `${operation} ${runId}`, waitMs);
  const [site, lock] = await Promise.allSettled([found, taken]);
  if (lock.status === 'fulfilled') opened.use<HostLock>(lock.value);
  if (site.status === 'fulfilled') opened.use<Postgres>(site.value.postgres);
  if (lock.status === 'rejected') throw lock.reason;
  if (site.status === 'rejected') throw site.reason;
  const healed = await heal(remote, project, site.value.postgres, context);
  // What was started just now counts as running.
  const stack = healed.length === 0 ? site.value.stack : await readStack(remote, project);
  const held = opened.move();
  let current = lock.value;
  return {
    ...site.value,
    stack,
    healed,
    signal: AbortSignal.any([context.signal, lock.value.lost]),
    holdOn: async () => {
      if (!current.lost.aborted) return;
      current = held.use(await takeLock(remote, project, `${operation} ${runId}`, lockPatienceMs));
    },
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}

async function openDatabase(
  remote: Remote,
  project: string,
  runId: string,
  signal: AbortSignal,
): Promise<{ stack: Stack; database: Container; postgres: Postgres }> {
  const stack = await readStack(remote, project, { signal });
  const database = databaseServiceOf(stack);
  return { stack, database, postgres: await openPostgres(remote, database, runId) };
}
