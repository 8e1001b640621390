import { BackupError, isBackupError } from '../errors.ts';
import { reopenAfterSwap } from '../sources/postgres/swap.ts';
import { flushKatsuCache } from '../stack/cache.ts';
import { clearJournal, type Journal, readLeft, writeJournal } from '../stack/journal.ts';
import { stopContainers } from '../stack/services.ts';
import { runDocker } from '../stack/stack.ts';
import type { Context } from './context.ts';
import { isWorthAsking, requireLock } from './site-access.ts';
import { type SwapRun, startAgain } from './swap-run.ts';

/** How the site was before the outage. */
export interface Before {
  /** Containers that may have been stopped. */
  readonly stopped: readonly string[];
  /** Services that gave data. */
  readonly expected: readonly string[];
  readonly journal: Journal;
}

/** Always throws: `reason`, once the site is as it was before, else `needs-person`. Not to be stopped by a signal. */
export async function putBack(run: SwapRun, before: Before, reason: unknown, context: Context): Promise<never> {
  const why = reason instanceof BackupError ? reason.message : 'The run was stopped';
  context.log.warn(`${why}; putting everything back as it was`);
  const undo = async () => await undoSwap(run, before, context);
  let outcome: string;
  try {
    outcome = await undo().catch(async (error: unknown) => {
      // Each step can be done again, and a new connection may hold.
      if (isBackupError(error, 'connection-lost') && !context.signal.aborted) return await undo();
      throw error;
    });
  } catch (error) {
    const what = error instanceof BackupError ? error.message : 'the undoing was cut off';
    if (isBackupError(error, 'locked')) {
      throw new BackupError('needs-person', `${why}; ${what}, and this run changed nothing more`, {
        hint: 'Look at the site before anything else: plan shows which copies are kept, and of which run',
        cause: reason,
      });
    }
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
async function undoSwap(run: SwapRun, { stopped, expected, journal }: Before, context: Context): Promise<string> {
  const { host, access, plan, authorization, databases } = run;
  const { remote, project } = host;
  if (!(await isWorthAsking(host, context.signal))) throw new BackupError('timed-out', 'the host gives no answer');
  const lapsed = await access.holdOn();
  if (lapsed && (await readLeft(remote, project)).journal?.run !== run.runId) {
    if (stopped.length === 0) return 'nothing was changed';
    throw new BackupError('locked', 'the host itself or another run has put the site right since');
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
    if (authorization !== undefined) await writeJournal(access.fenced, project, { ...journal, mixed: true });
    // In reverse: from here on a run that dies as well is undone, not finished.
    await databases?.rollBack(fence);
    await authorization?.staged.rollBack(fence);
    if (authorization !== undefined) await writeJournal(access.fenced, project, journal);
    await reopenAfterSwap(await access.postgres.admin(), plan.databases);
    await flushKatsuCache(remote, access.stack).catch((error: unknown) => {
      // Old counts for a day are less than a site that stays down.
      if (!(error instanceof BackupError)) throw error;
      context.log.warn(`${error.message}; until tomorrow the portal may show counts that are not the site's`);
    });
    const { unwell } = await startAgain(run, await present(run, stopped), expected, context);
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
