import type { Site } from '../backups/site.ts';
import { BackupError, isBackupError } from '../errors.ts';
import { listPrevious, stagePrevious, stampAfter } from '../sources/postgres/previous.ts';
import type { AuthorizationMode } from './authorization.ts';
import { requireConfirmed } from './confirm.ts';
import { type Context, newRunId } from './context.ts';
import { listKeptAuthorization, stageKeptAuthorization } from './kept-authorization.ts';
import { planOutage } from './outage-plan.ts';
import { enterSite, type Host, isWorthAsking, lookAgain } from './site-access.ts';
import { swapIn } from './swap-in.ts';
import { type AuthorizationSwap, announceStaging, endStaging, requireSameVault } from './swap-run.ts';

export interface RollbackRequest {
  readonly site: Site;
  readonly host: Host;
  /** Services to stop besides those that are found. */
  readonly services: readonly string[];
  /** Must be the site's name. */
  readonly confirm: string;
}

export interface RollbackReport {
  readonly operation: 'rollback';
  readonly status: 'complete';
  readonly site: string;
  readonly runId: string;
  /** The run whose swap this undid. */
  readonly undone: string;
  readonly databases: readonly string[];
  /** How authorization was put back; null: it was left as it is. */
  readonly authorization: AuthorizationMode | null;
  readonly services: readonly string[];
  readonly outageMs: number;
  readonly servicesMs: number;
}

/**
 * Puts the newest previous copies back in the place of what lives, the way a restore swaps: databases and authorization
 * of the same run together. What lived until now is kept in its turn, so a rollback can be rolled back.
 */
export async function rollback(request: RollbackRequest, context: Context): Promise<RollbackReport> {
  const { host, site } = request;
  requireConfirmed(site, request.confirm);
  const runId = newRunId(context);
  context.log.phase('Look at the site');
  await using access = await enterSite(host, 'rollback', runId, context);
  const { postgres, signal } = access;
  const [[newest], { kept: authorizations, unseen }] = await Promise.all([
    listPrevious(postgres),
    listKeptAuthorization(host, access),
  ]);
  const [kept] = authorizations;
  const undone = [newest, kept]
    .flatMap((it) => (it === undefined ? [] : [it]))
    .sort((a, b) => (a.at < b.at ? 1 : -1))[0];
  const isTogether = newest?.copies.some(({ marker }) => marker.authorization === true) ?? false;
  if (isTogether && undone?.runId === newest?.runId && kept?.runId !== newest?.runId) {
    throw new BackupError(
      'nothing-to-roll-back',
      `The authorization of before ${newest?.runId} cannot be put back with its databases`,
      {
        hint: 'It was forgotten, or Vault is not usable: see to Vault, or restore an older backup instead',
        cause: unseen,
      },
    );
  }
  const at = await stampAfter(postgres, context.now());
  // Without any, the databases say why there is nothing to roll back.
  const databases =
    undone === undefined || undone.runId === newest?.runId
      ? await stagePrevious(postgres, runId, at, isTogether)
      : undefined;
  await using opened = new AsyncDisposableStack();
  const names = databases?.set.copies.map(({ marker }) => marker.of);
  let authorization: (AuthorizationSwap & AsyncDisposable) | undefined;
  let isStaging = true;
  await announceStaging(host, access, { run: runId, operation: 'rollback' });
  try {
    if (kept !== undefined && kept.runId === undone?.runId) {
      authorization = opened.use(await stageKeptAuthorization(host, access, kept, { runId, at, signal }));
    }
    await authorization?.staged.check();
    const now = await lookAgain(host, access);
    requireSameVault(now, authorization);
    const plan = await planOutage(now, {
      databases: names,
      services: request.services,
      authorization: authorization?.mode,
    });
    const run = { host, access: now, plan, runId, operation: 'rollback', authorization, databases };
    isStaging = false;
    const { outageMs, servicesMs } = await swapIn(run, context);
    return {
      operation: 'rollback',
      status: 'complete',
      site,
      runId,
      undone: undone?.runId ?? databases?.set.runId ?? '',
      databases: names ?? [],
      authorization: authorization?.mode ?? null,
      services: plan.stop.map(({ name }) => name),
      outageMs,
      servicesMs,
    };
  } catch (error) {
    if (isBackupError(error, 'needs-person') || !(await isWorthAsking(host, context.signal))) throw error;
    await authorization?.staged
      .discard()
      .catch(() => context.log.warn('What was staged is still there; the next run removes it'));
    if (isStaging) await endStaging(host, access, context);
    throw error;
  }
}
