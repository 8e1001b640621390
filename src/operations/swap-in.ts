import { BackupError, isBackupError } from '../errors.ts';
import type { CallOptions } from '../remote/remote.ts';
import type { Becoming } from '../sources/postgres/exchange.ts';
import { reopenAfterSwap } from '../sources/postgres/swap.ts';
import type { Staged } from '../sources/source.ts';
import { flushKatsuCache } from '../stack/cache.ts';
import type { Container } from '../stack/container.ts';
import { clearJournal, type Journal, readLeft, writeJournal } from '../stack/journal.ts';
import { probeServices, waitUntilWell } from '../stack/probe.ts';
import { runningOf, startContainers, stopContainers } from '../stack/services.ts';
import { findService, readStack, runDocker } from '../stack/stack.ts';
import type { Context } from './context.ts';
import type { OutagePlan } from './outage-plan.ts';
import { refitBounds } from './refit.ts';
import type { Host, SiteAccess } from './site-access.ts';

/** How long the services may take until they answer from the data again. */
const wellWithinMs = 60_000;

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
  readonly databases: (Staged & { readonly becomes: readonly Becoming[] }) | undefined;
}

/** Throws if Vault's container was replaced since authorization was staged for it. */
export function requireSameVault({ stack }: SiteAccess, authorization: AuthorizationSwap | undefined): void {
  if (authorization === undefined || findService(stack, 'vault')?.id === authorization.vault.id) return;
  throw new BackupError('service-replaced', `${authorization.vault.name} was replaced by another container meanwhile`, {
    hint: 'Nothing that lives was changed: run again once the stack is not being rebuilt',
  });
}

/**
 * The outage: stop what writes, put authorization and then the databases in place, start, ask whether the data is there;
 * if anything fails, put everything back as it was and throw why. When even that fails, throws `needs-person`; the
 * journal then stays for the next run.
 */
export async function swapIn(run: SwapRun, context: Context): Promise<Outage> {
  const { host, access, plan, authorization, databases } = run;
  const { remote, project } = host;
  const { signal } = access;
  const stopped = plan.stop.map(({ id }) => id);
  const expected = (await probeServices(remote, access.stack, access.database, { signal }))
    .filter(({ well }) => well)
    .map(({ service }) => service);
  const fence = async (): Promise<void> => await requireLock(access, { signal });
  const beganMs = performance.now();
  let servicesMs = 0;
  let touched = false;
  const timed = async (work: Promise<void>): Promise<void> => {
    const fromMs = performance.now();
    await work;
    servicesMs += performance.now() - fromMs;
  };
  try {
    await writeJournal(access.fenced, project, journalOf(run));
    signal.throwIfAborted();
    context.log.phase(`Stop ${plan.stop.length} services and swap`);
    touched = true;
    await timed(stopContainers(access.fenced, stopped, { signal }));
    if (authorization !== undefined) {
      await writeJournal(access.fenced, project, { ...journalOf(run), mixed: true });
      await authorization.staged.swap(fence);
    }
    await databases?.swap(fence);
    if (authorization !== undefined) await writeJournal(access.fenced, project, journalOf(run));
    await flushKatsuCache(remote, access.stack, { signal });
    context.log.phase('Start the services and ask for the data');
    await timed(startContainers(access.fenced, stopped, { signal }));
    await refitBounds(
      host,
      access,
      access.stack,
      plan.stop,
      authorization?.mode === 'whole' ? 'replaced' : 'started',
      context,
    );
    const unwell = await waitForData(run, expected, signal);
    if (unwell.length > 0) {
      throw new BackupError('site-unwell', `${unwell.join(' and ')} gave no data after the swap`);
    }
    const loggedOut = (await authorization?.unwell()) ?? [];
    if (loggedOut.length > 0) {
      throw new BackupError('site-unwell', `${loggedOut.join(' and ')} cannot log in to Vault after the swap`);
    }
    await fence();
    // Without databases this is the point of no return; with them it was their renaming.
    if (databases === undefined) await authorization?.staged.keep();
  } catch (error) {
    await putBack(run, { stopped: touched ? stopped : [], expected }, error, context);
  }
  if (databases !== undefined) await authorization?.staged.keep().catch(notKept);
  const outageMs = Math.round(performance.now() - beganMs);
  // The site is well and new: a journal that stays makes the next run look, and find nothing to do.
  await clearJournal(access.fenced, project).catch((error: unknown) => {
    if (!(error instanceof BackupError)) throw error;
    context.log.warn(`${error.message}; the restore is done, the next run removes its journal`);
  });
  return { outageMs, servicesMs: Math.round(servicesMs) };
}

/** The site is well and new: only what lived before is not yet put aside, which the next run does by the journal. */
function notKept(error: unknown): never {
  if (!(error instanceof BackupError)) throw error;
  throw new BackupError(
    'needs-person',
    `The restore is done, but not all that lived before is kept yet: ${error.message}`,
    {
      hint: 'Run recover, which finishes it',
      cause: error,
    },
  );
}

function journalOf({ access, plan, runId, operation, authorization, databases }: SwapRun): Journal {
  return {
    run: runId,
    operation,
    running: runningOf(access.stack),
    services: authorization?.mode === 'whole' ? [authorization.vault, ...plan.stop] : plan.stop,
    postgres: { id: access.database.id, user: access.postgres.server.user },
    databases: plan.databases,
    redis: findService(access.stack, 'redis')?.id,
    vault: authorization?.vault,
    becomes: databases?.becomes,
    authorization: authorization?.mode,
  };
}

/** The host is asked, since a runner that slept may not have noticed yet that it lost the lock. */
async function requireLock(access: SiteAccess, options: CallOptions = {}): Promise<void> {
  await access.fenced.run(['true'], { timeoutMs: 120_000, ...options });
}

async function waitForData(
  { host, access }: SwapRun,
  expected: readonly string[],
  signal?: AbortSignal,
): Promise<string[]> {
  const { remote, project } = host;
  const options = signal === undefined ? {} : { signal };
  const readAgain = async () => await readStack(remote, project, options);
  return await waitUntilWell(remote, readAgain, access.database, expected, wellWithinMs, options);
}

interface Before {
  /** Containers that may have been stopped. */
  readonly stopped: readonly string[];
  /** Services that gave data. */
  readonly expected: readonly string[];
}

/** Always throws: `reason`, once the site is as it was before, else `needs-person`. Not to be stopped by a signal. */
async function putBack(run: SwapRun, before: Before, reason: unknown, context: Context): Promise<never> {
  const why = reason instanceof BackupError ? reason.message : 'The run was stopped';
  context.log.warn(`${why}; putting everything back as it was`);
  const undo = async () => await undoSwap(run, before, context);
  let outcome: string;
  try {
    outcome = await undo().catch(async (error: unknown) => {
      // Each step can be done again, and a new connection may hold.
      if (isBackupError(error, 'connection-lost')) return await undo();
      throw error;
    });
  } catch (error) {
    const what = error instanceof BackupError ? error.message : 'the undoing was cut off';
    throw new BackupError('needs-person', `${why}; putting the site back failed as well: ${what}`, {
      hint: 'Nothing is lost: the journal on the host names what is stopped, and the next run puts it right before it does anything else',
      cause: reason,
    });
  }
  if (reason instanceof BackupError) {
    throw new BackupError(reason.code, `${reason.message}; ${outcome}`, {
      cause: reason,
      ...(reason.hint === undefined ? {} : { hint: reason.hint }),
    });
  }
  if (run.access.signal.aborted) throw new BackupError('cancelled', `Cancelled; ${outcome}`, { cause: reason });
  throw reason;
}

/** Gives what can be said of the site afterwards. */
async function undoSwap(run: SwapRun, { stopped, expected }: Before, context: Context): Promise<string> {
  const { host, access, plan, authorization, databases } = run;
  const { remote, project } = host;
  const lapsed = await access.holdOn();
  if (lapsed && (await readLeft(remote, project)).journal?.run !== run.runId) {
    return stopped.length === 0 ? 'nothing was changed' : 'another run has put the site right since';
  }
  if (lapsed && authorization !== undefined && (await databases?.isSwapped())) {
    // The host has started what writes since: to go back now would lose what was written.
    throw new BackupError('locked', 'the host has put the site to work with what was restored');
  }
  if (stopped.length > 0 || authorization !== undefined) {
    // A stop that was called off goes on inside Docker: a container could still go down after its start.
    // Briefly: a job that is cancelled is killed within 10 s, and most of them have only just begun to start.
    await stopContainers(access.fenced, await present(run, stopped), { graceS: 2 });
    const fence = async (): Promise<void> => await requireLock(access);
    if (authorization !== undefined) await writeJournal(access.fenced, project, { ...journalOf(run), mixed: true });
    // In reverse: from here on a run that dies as well is undone, not finished.
    await databases?.rollBack(fence);
    await authorization?.staged.rollBack(fence);
    if (authorization !== undefined) await writeJournal(access.fenced, project, journalOf(run));
    await reopenAfterSwap(await access.postgres.admin(), plan.databases);
    await flushKatsuCache(remote, access.stack).catch((error: unknown) => {
      // Old counts for a day are less than a site that stays down.
      if (!(error instanceof BackupError)) throw error;
      context.log.warn(`${error.message}; until tomorrow the portal may show counts that are not the site's`);
    });
    await startContainers(access.fenced, await present(run, stopped));
    await refitBounds(
      host,
      access,
      access.stack,
      plan.stop,
      authorization?.mode === 'whole' ? 'replaced' : 'started',
      context,
    );
    const unwell = await waitForData(run, expected);
    if (unwell.length > 0) throw new BackupError('site-unwell', `${unwell.join(' and ')} give no data`);
  }
  await clearJournal(access.fenced, project);
  const left = authorization?.leftToOthers() ?? 0;
  return `the site is as it was before${left === 0 ? '' : `, but for ${left} entries of authorization that others have changed meanwhile`}`;
}

/** Those of the containers that are still there: one that was replaced meanwhile is not ours to start. */
async function present({ host }: SwapRun, ids: readonly string[]): Promise<string[]> {
  const listed = await runDocker(host.remote, 'List the containers', ['ps', '--all', '--quiet', '--no-trunc']);
  const there = new Set(listed.split('\n'));
  return ids.filter((id) => there.has(id));
}
