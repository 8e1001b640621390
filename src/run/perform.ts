import { BackupError, isBackupError } from '../errors.ts';
import { type BackupReport, backup } from '../operations/backup.ts';
import type { Context } from '../operations/context.ts';
import { type CopyReport, copy } from '../operations/copy.ts';
import { type ForgetPreviousReport, forgetPrevious } from '../operations/forget-previous.ts';
import { type ListReport, list } from '../operations/list.ts';
import { type OpenReport, open } from '../operations/open.ts';
import { type PlanReport, plan } from '../operations/plan.ts';
import { recover } from '../operations/recover.ts';
import { type RestoreReport, restore } from '../operations/restore.ts';
import { type RollbackReport, rollback } from '../operations/rollback.ts';
import type { Host } from '../operations/site-access.ts';
import { unlessAborted } from '../operations/unless-aborted.ts';
import { type VerifyReport, verify } from '../operations/verify.ts';
import { openLocal } from '../remote/local.ts';
import { openSsh } from '../remote/ssh.ts';
import type { HostSettings } from '../request/host-settings.ts';
import type { Request, RequestOf } from '../request/parse.ts';
import { readSigningKey, type SigningKey } from '../seal/minisign.ts';
import { openStores } from './open-stores.ts';

export interface RecoverReport {
  readonly operation: 'recover';
  readonly status: 'complete';
  /** What was put right, a line each; none if all was well. */
  readonly healed: readonly string[];
}

/** What an operation did, as `--json` and the output `report` give it. Sizes, times, names and verdicts only. */
export type Report =
  | BackupReport
  | CopyReport
  | ForgetPreviousReport
  | ListReport
  | OpenReport
  | PlanReport
  | RecoverReport
  | RestoreReport
  | RollbackReport
  | VerifyReport;

/** Whatever contacts a host or a store. */
export type Performable = Exclude<Request, { readonly operation: 'keygen' }>;

/**
 * Opens what `request` needs (host, store, keys), carries it out, and lets go of all of it, also when it fails. A run
 * that its deadline ended rejects with `timed-out`, one that the context's signal ended with `cancelled`, unless
 * something worse is to be told.
 */
export async function perform(request: Performable, context: Context): Promise<Report> {
  const { timeoutMs } = request;
  const deadline = new AbortController();
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => deadline.abort(timedOut(timeoutMs)), timeoutMs);
  const signal = AbortSignal.any([context.signal, deadline.signal]);
  try {
    return await carryOut(request, { ...context, signal });
  } catch (error) {
    throw reasonOf(error, signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Throws `degraded` for a report that says so, once it has been told: a run that lacks something must not look like success. */
export function refuseDegraded(report: Report): void {
  if (report.status !== 'degraded') return;
  if (report.operation === 'copy') {
    throw new BackupError('degraded', 'Some store still lacks a backup that another has whole', {
      hint: 'What was copied is good; see to the store, then copy again',
    });
  }
  if (report.operation === 'verify') {
    throw new BackupError(
      'degraded',
      `Backup ${report.backupId} has no good copy in ${withoutCopy(report).join(' and ')}`,
      {
        hint: 'The other copies are good; copy gives a store what it lacks, and replaces nothing that is damaged',
      },
    );
  }
  const lacking = [
    ...report.parts.flatMap(({ name, message }) => (message === null ? [] : [`${name} (${message})`])),
    ...withoutCopy(report).map((store) => `a copy in ${store}`),
  ];
  throw new BackupError('degraded', `Backup ${report.backupId} is kept, without ${lacking.join(' and ')}`, {
    hint: 'What is complete in it is good; see to what is missing, then back up again',
  });
}

/** The stores without a copy, and why. */
function withoutCopy({ copies }: Pick<BackupReport, 'copies'>): string[] {
  return copies.flatMap(({ store, message }) => (message === null ? [] : [`${store} (${message})`]));
}

/** What was thrown because of the signal tells only that it was; the signal says why. */
function reasonOf(error: unknown, signal: AbortSignal): unknown {
  if (!signal.aborted || !isBackupError(signal.reason)) return error;
  if (isBackupError(error, 'cancelled') && signal.reason.code !== 'cancelled') {
    return new BackupError(signal.reason.code, `${signal.reason.message}: ${error.message}`, { cause: error });
  }
  return isBackupError(error) ? error : signal.reason;
}

function timedOut(timeoutMs: number): BackupError {
  return new BackupError('timed-out', `The run took longer than its timeout of ${timeoutMs / 1000} s`);
}

async function carryOut(request: Performable, context: Context): Promise<Report> {
  context.signal.throwIfAborted();
  switch (request.operation) {
    case 'plan': {
      await using opened = await openStores(request.stores, context);
      const { stores } = opened;
      return await onHost(request.host, context, async (host) => await plan({ ...request, host, stores }, context));
    }
    case 'backup':
      return await backUp(request, context);
    case 'restore': {
      await using opened = await openStores(request.stores, context);
      const { stores } = opened;
      return await onHost(request.host, context, async (host) => await restore({ ...request, host, stores }, context));
    }
    case 'rollback':
      return await onHost(request.host, context, async (host) => await rollback({ ...request, host }, context));
    case 'forget-previous':
      return await onHost(request.host, context, async (host) => await forgetPrevious({ ...request, host }, context));
    case 'recover': {
      const healed = await onHost(request.host, context, async (host) => await recover(host, context));
      return { operation: 'recover', status: 'complete', healed };
    }
    case 'copy': {
      await using opened = await openStores(request.stores, context);
      return await copy({ ...request, stores: opened.stores }, context);
    }
    case 'list': {
      await using opened = await openStores(request.stores, context);
      return await list({ ...request, stores: opened.stores }, context);
    }
    case 'verify': {
      await using pgRestore = openLocal();
      await using opened = await openStores(request.stores, context);
      return await verify({ ...request, stores: opened.stores, pgRestore }, context);
    }
    case 'open': {
      await using local = openLocal();
      await using opened = await openStores(request.stores, context);
      return await open({ ...request, stores: opened.stores, pgRestore: request.isSql ? local : undefined }, context);
    }
  }
}

async function backUp(request: RequestOf<'backup'>, context: Context): Promise<BackupReport> {
  const { recipients, vaultKeysRecipients = recipients } = request;
  if (recipients.length === 1 || vaultKeysRecipients.length === 1) {
    context.log.warn('There is one recipient only: if its secret key is lost, so is the backup');
  }
  const signingKey = beginReading(request);
  // The file's form is judged at once; only a password takes time, and that is spent beside the first steps.
  await Promise.race([signingKey, Promise.resolve()]);
  await using opened = await openStores(request.stores, context);
  const { stores } = opened;
  return await onHost(
    request.host,
    context,
    async (host) => await backup({ ...request, host, stores, signingKey }, context),
  );
}

function beginReading({ signingKey, signingPassword }: RequestOf<'backup'>): Promise<SigningKey> {
  const reading = readSigningKey(signingKey, signingPassword);
  reading.catch(() => {});
  return reading;
}

async function onHost<Result>(
  { login, project }: HostSettings,
  { signal }: Context,
  work: (host: Host) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  await using remote = login === undefined ? openLocal() : await unlessAborted(openSsh(login), signal);
  return await work({ remote, project });
}
