import { BackupError } from '../errors.ts';
import type { Identity } from '../seal/identities.ts';
import type { Postgres } from '../sources/postgres/postgres.ts';
import { listPrevious, stampAfter } from '../sources/postgres/previous.ts';
import { stageDatabases } from '../sources/postgres/staged.ts';
import { requireConfirmed } from './confirm.ts';
import { type Context, newRunId } from './context.ts';
import { chooseDumps } from './dumps.ts';
import { planOutage } from './outage-plan.ts';
import { checkReady, type ReadinessRequest } from './readiness.ts';
import { type OpeningRequest, openSealedBackup, readThrough } from './sealed-backup.ts';
import { enterSite, type Host, lookAgain } from './site-access.ts';
import { swapIn } from './swap-in.ts';

export interface RestoreRequest extends OpeningRequest, ReadinessRequest {
  readonly host: Host;
  readonly identities: readonly Identity[];
  /** Names of databases in the backup; none: all of them. */
  readonly databases: readonly string[];
  /** Services to stop besides those that are found. */
  readonly services: readonly string[];
  /** Must be the site's name. */
  readonly confirm: string;
}

export interface RestoreReport {
  readonly operation: 'restore';
  readonly status: 'complete';
  readonly site: string;
  readonly backupId: string;
  /** The run, as the kept copies are marked with it. */
  readonly runId: string;
  readonly databases: readonly string[];
  readonly services: readonly string[];
  /** How long the site was out. */
  readonly outageMs: number;
  readonly servicesMs: number;
  /** Loading and analysing the staged copies, beside the living site. */
  readonly loadingMs: number;
  /** Comparing them with the evidence. */
  readonly checkingMs: number;
  /** Copies of what lived before, to roll back to, and their size; from this and from earlier runs. */
  readonly previous: readonly { readonly runId: string; readonly at: string; readonly sizeBytes: number }[];
  readonly healed: readonly string[];
}

/**
 * Verify, stage beside the living site, check, swap in one short outage, start, and back if the site is not well.
 * No failure before the swap changes anything that lives; after a failure in it everything is as it was.
 */
export async function restore(request: RestoreRequest, context: Context): Promise<RestoreReport> {
  requireConfirmed(request.site, request.confirm);
  const { identities, host } = request;
  const runId = newRunId(context);

  context.log.phase('Verify the backup');
  const backup = await openSealedBackup(request, ['databases'], context);
  const dumps = await chooseDumps(backup, identities, request.databases, context.signal);
  await readThrough(
    backup,
    dumps.map(({ object }) => object),
    identities,
    context,
  );

  context.log.phase('Look at the site');
  await using access = await enterSite(host, 'restore', runId, context);
  const { postgres, signal } = access;
  await checkReady(request, access, dumps);

  context.log.phase('Stage beside the living databases');
  const loadingFromMs = performance.now();
  const staged = await stageDatabases(postgres, dumps, {
    runId,
    at: await stampAfter(postgres, context.now()),
    allowedExtensions: request.allowedExtensions,
    signal,
  });
  try {
    const checkingFromMs = performance.now();
    context.log.phase('Check the staged copies against the evidence');
    await staged.check();
    const stagedAtMs = performance.now();
    const names = dumps.map(({ evidence }) => evidence.name);
    const now = await lookAgain(host, access);
    const plan = await planOutage(now, names, request.services);
    const { outageMs, servicesMs } = await swapIn(
      { host, access: now, plan, runId, operation: 'restore' },
      staged,
      context,
    );
    return {
      operation: 'restore',
      status: 'complete',
      site: request.site,
      backupId: backup.ref.id,
      runId,
      databases: names,
      services: plan.stop.map(({ name }) => name),
      outageMs,
      servicesMs,
      loadingMs: Math.round(checkingFromMs - loadingFromMs),
      checkingMs: Math.round(stagedAtMs - checkingFromMs),
      previous: await previousAfter(postgres, context),
      healed: access.healed,
    };
  } catch (error) {
    // What is left staged is removed by the next run, if it cannot be now.
    await staged
      .discard()
      .catch(() => context.log.warn('The staged copies are still there; the next run removes them'));
    throw error;
  }
}

/** The restore is done whatever the answer: a host that cannot be asked any more does not make it fail. */
async function previousAfter(postgres: Postgres, { log }: Context): Promise<RestoreReport['previous']> {
  try {
    return (await listPrevious(postgres)).map(({ runId, at, sizeBytes }) => ({ runId, at, sizeBytes }));
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    log.warn(`${error.message}; the restore is done, but what copies are kept is not known`);
    return [];
  }
}
