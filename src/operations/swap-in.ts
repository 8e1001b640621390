import { BackupError } from '../errors.ts';
import { flushKatsuCache } from '../stack/cache.ts';
import { clearJournal, writeJournal } from '../stack/journal.ts';
import { probeServices } from '../stack/probe.ts';
import { stopContainers } from '../stack/services.ts';
import type { Context } from './context.ts';
import { requireLock } from './site-access.ts';
import { putBack } from './swap-back.ts';
import { journalOf, type SwapRun, startAgain, unsealedVault } from './swap-run.ts';

export interface Outage {
  /** From the first service asked to stop until all that answered before answer again. */
  readonly outageMs: number;
  /** Of that, what stopping and starting took. */
  readonly servicesMs: number;
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
  const journal = journalOf(run, await unsealedVault(run, signal));
  const fence = async (): Promise<void> => await requireLock(access, { signal });
  const beganMs = performance.now();
  let servicesMs = 0;
  let touched = false;
  try {
    await writeJournal(access.fenced, project, journal);
    signal.throwIfAborted();
    context.log.phase(`Stop ${plan.stop.length} services and swap`);
    touched = true;
    const stoppingMs = performance.now();
    await stopContainers(access.fenced, stopped, { signal });
    servicesMs += performance.now() - stoppingMs;
    signal.throwIfAborted();
    if (authorization !== undefined) {
      await writeJournal(access.fenced, project, { ...journal, mixed: true });
      await authorization.staged.swap(fence);
    }
    await databases?.swap(fence);
    if (authorization !== undefined) await writeJournal(access.fenced, project, journal);
    await flushKatsuCache(remote, access.stack, { signal });
    context.log.phase('Start the services and ask for the data');
    const { startMs, unwell } = await startAgain(run, stopped, expected, context, { signal });
    servicesMs += startMs;
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
    await putBack(run, { stopped: touched ? stopped : [], expected, journal }, error, context);
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
