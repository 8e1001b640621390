import { BackupError } from '../errors.ts';
import { reopenDatabases } from '../sources/postgres/swap.ts';
import type { Staged } from '../sources/source.ts';
import { flushKatsuCache } from '../stack/cache.ts';
import { clearJournal, writeJournal } from '../stack/journal.ts';
import { probeServices, waitUntilWell } from '../stack/probe.ts';
import { startContainers, stopContainers } from '../stack/services.ts';
import { readStack } from '../stack/stack.ts';
import type { Context } from './context.ts';
import type { OutagePlan } from './outage-plan.ts';
import type { Host, SiteAccess } from './site-access.ts';

/** How long the services may take until they answer from the data again. */
const wellWithinMs = 60_000;

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
export async function swapIn(run: SwapRun, staged: Staged, context: Context): Promise<Outage> {
  const { host, access, plan } = run;
  const { remote, project } = host;
  const { signal } = access;
  const stopped = plan.stop.map(({ id }) => id);
  const expected = (await probeServices(remote, access.stack, access.database, { signal }))
    .filter(({ well }) => well)
    .map(({ service }) => service);
  await writeJournal(remote, project, {
    format: 'candig-backup-journal/1',
    run: run.runId,
    operation: run.operation,
    services: plan.stop.map(({ id, name }) => ({ id, name })),
    databases: [...plan.databases],
  });
  const beganMs = performance.now();
  let servicesMs = 0;
  const timed = async (work: Promise<void>): Promise<void> => {
    const fromMs = performance.now();
    await work;
    servicesMs += performance.now() - fromMs;
  };
  try {
    signal.throwIfAborted();
    context.log.phase(`Stop ${plan.stop.length} services and swap`);
    await timed(stopContainers(remote, stopped, { signal }));
    await swapForSure(staged);
    await flushKatsuCache(remote, access.stack, { signal });
    context.log.phase('Start the services and ask for the data');
    await timed(startContainers(remote, stopped, { signal }));
    const unwell = await waitForData(run, expected, signal);
    if (unwell.length > 0) {
      throw new BackupError('site-unwell', `${unwell.join(' and ')} gave no data after the swap`);
    }
  } catch (error) {
    await putBack(run, staged, stopped, expected, error, context);
  }
  const outageMs = Math.round(performance.now() - beganMs);
  await clearJournal(remote, project);
  return { outageMs, servicesMs: Math.round(servicesMs) };
}

/** A swap whose answer was lost on the way may have been done: the site is asked before it counts as failed. */
async function swapForSure(staged: Staged): Promise<void> {
  await staged.swap().catch(async (error: unknown) => {
    if (!(await staged.isSwapped())) throw error;
  });
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

/** Always throws: `reason`, once the site is as it was before, else `needs-person`. Not to be stopped by a signal. */
async function putBack(
  run: SwapRun,
  staged: Staged,
  stopped: readonly string[],
  expected: readonly string[],
  reason: unknown,
  context: Context,
): Promise<never> {
  const { host, access, plan } = run;
  const { remote, project } = host;
  const why = reason instanceof BackupError ? reason.message : 'The run was stopped';
  context.log.warn(`${why}; putting everything back as it was`);
  try {
    await access.holdOn();
    if (await staged.isSwapped()) {
      await stopContainers(remote, stopped);
      await staged.rollBack();
      await flushKatsuCache(remote, access.stack);
    }
    await reopenDatabases(await access.postgres.admin(), plan.databases);
    await startContainers(remote, stopped);
    const unwell = await waitForData(run, expected);
    if (unwell.length > 0) throw new BackupError('site-unwell', `${unwell.join(' and ')} give no data`);
    await clearJournal(remote, project);
  } catch (error) {
    const what = error instanceof BackupError ? error.message : 'the undoing was cut off';
    throw new BackupError('needs-person', `${why}; putting the site back failed as well: ${what}`, {
      hint: 'Nothing is lost: the journal on the host names what is stopped, and the next run puts it right before it does anything else',
      cause: reason,
    });
  }
  if (access.signal.aborted && !(reason instanceof BackupError)) {
    throw new BackupError('cancelled', 'Cancelled; the site is as it was before', { cause: reason });
  }
  if (reason instanceof BackupError) {
    throw new BackupError(reason.code, `${reason.message}; the site is as it was before`, {
      cause: reason,
      ...(reason.hint === undefined ? {} : { hint: reason.hint }),
    });
  }
  throw reason;
}
