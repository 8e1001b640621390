import { pipeline } from 'node:stream/promises';
import { discarding } from '../backups/discard.ts';
import type { PartName } from '../backups/manifest.ts';
import { BackupError, isBackupError } from '../errors.ts';
import type { Identity } from '../seal/identities.ts';
import type { Postgres } from '../sources/postgres/postgres.ts';
import { listPrevious, stampAfter } from '../sources/postgres/previous.ts';
import { stageDatabases } from '../sources/postgres/staged.ts';
import type { Staged } from '../sources/source.ts';
import { findService } from '../stack/stack.ts';
import { type AuthorizationReport, type AuthorizationRequest, stageAuthorization } from './authorization.ts';
import { requireConfirmed } from './confirm.ts';
import { type Context, newRunId } from './context.ts';
import { chooseDumps, type KeptDump } from './dumps.ts';
import { planOutage } from './outage-plan.ts';
import { checkReady, type ReadinessRequest } from './readiness.ts';
import { findCopies, type OpeningRequest, readThrough, type SealedBackup, withNearest } from './sealed-backup.ts';
import { enterSite, type Host, isWorthAsking, lookAgain, type SiteAccess } from './site-access.ts';
import { swapIn } from './swap-in.ts';
import { announceStaging, endStaging, requireSameVault } from './swap-run.ts';
import { type KeptVault, readKeptVault, restorableVault } from './vault-objects.ts';

export interface RestoreRequest extends OpeningRequest, ReadinessRequest, AuthorizationRequest {
  readonly host: Host;
  /** What of the site; `logs` are not restored. */
  readonly include: readonly PartName[];
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
  /** Null: authorization was left as it is. */
  readonly authorization: AuthorizationReport | null;
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
  const { host } = request;
  const runId = newRunId(context);
  const { backup, dumps, kept } = await verifyWhatIsAsked(request, context);

  context.log.phase('Look at the site');
  await using access = await enterSite(host, 'restore', runId, context);
  const { postgres, signal } = access;
  if (kept === undefined) requireNoAuthorization(request, access, backup);
  if (dumps.length > 0) await checkReady(request, access, dumps);
  const at = await stampAfter(postgres, context.now());

  await using opened = new AsyncDisposableStack();
  const staged: Staged[] = [];
  let isStaging = true;
  await announceStaging(host, access, { run: runId, operation: 'restore' });
  try {
    if (kept !== undefined) context.log.phase('Stage authorization beside the living Vault');
    const authorization =
      kept && opened.use(await stageAuthorization(host, access, kept, request, { runId, at, signal }));
    if (authorization !== undefined) staged.push(authorization.staged);

    const loadingFromMs = performance.now();
    if (dumps.length > 0) context.log.phase('Stage beside the living databases');
    const { allowedExtensions } = request;
    const databases =
      dumps.length === 0
        ? undefined
        : await stageDatabases(postgres, dumps, {
            ...{ runId, at, allowedExtensions, signal },
            withAuthorization: authorization !== undefined,
          });
    if (databases !== undefined) staged.push(databases);
    const checkingFromMs = performance.now();
    context.log.phase('Check what is staged against the evidence');
    // Authorization last: nothing but the outage is to come between.
    for (const each of staged.toReversed()) await each.check();
    const stagedAtMs = performance.now();

    const now = await lookAgain(host, access);
    requireSameVault(now, authorization);
    const names = dumps.map(({ evidence }) => evidence.name);
    const plan = await planOutage(now, {
      databases: databases === undefined ? undefined : names,
      services: request.services,
      authorization: authorization?.mode,
    });
    const run = { host, access: now, plan, runId, operation: 'restore', authorization, databases };
    isStaging = false;
    const { outageMs, servicesMs } = await swapIn(run, context);
    return {
      operation: 'restore',
      status: 'complete',
      site: request.site,
      backupId: backup.ref.id,
      runId,
      databases: names,
      authorization: authorization?.report ?? null,
      services: plan.stop.map(({ name }) => name),
      outageMs,
      servicesMs,
      loadingMs: Math.round(checkingFromMs - loadingFromMs),
      checkingMs: Math.round(stagedAtMs - checkingFromMs),
      previous: await previousAfter(postgres, context),
      healed: access.healed,
    };
  } catch (error) {
    const isLeft = isBackupError(error, 'needs-person') || !(await isWorthAsking(host, context.signal));
    // What is left staged is removed by the next run, if it cannot be now.
    for (const each of isLeft ? [] : staged.reverse()) {
      await each.discard().catch(() => context.log.warn('What was staged is still there; the next run removes it'));
    }
    if (isStaging && !isLeft) await endStaging(host, access, context);
    throw error;
  }
}

/** Nothing unverified reaches the host: signature, digests, every chunk, and what is in the archives as far as it is code. */
async function verifyWhatIsAsked(
  request: RestoreRequest,
  context: Context,
): Promise<{ backup: SealedBackup; dumps: KeptDump[]; kept: KeptVault | undefined }> {
  const { identities, include, authorization } = request;
  const { signal } = context;
  context.log.phase('Verify the backup');
  const wantsDatabases = include.includes('databases');
  const wantsVault = include.includes('vault') && authorization !== 'none';
  if (!wantsDatabases && !wantsVault) {
    throw new BackupError('input-invalid', 'Nothing that can be restored is asked for', {
      hint: 'Include databases or vault; logs are not put back into a site: open writes them into a folder',
    });
  }
  const isVaultAsked = wantsVault && (authorization !== undefined || !wantsDatabases);
  const parts: PartName[] = [
    ...(wantsDatabases ? ['databases' as const] : []),
    ...(isVaultAsked ? ['vault' as const] : []),
  ];
  const { whole: copies } = await findCopies(request, parts, context);
  return await withNearest(copies, context, async (backup) => {
    const dumps = wantsDatabases ? await chooseDumps(backup, identities, request.databases, signal) : [];
    const vault = wantsVault ? restorableVault(backup) : undefined;
    const objects = dumps.map(({ object }) => object);
    await readThrough(backup, objects, identities, context);
    const kept = vault && (await readKeptVault(backup, vault, identities, signal));
    // As a tar that is safe to unpack, to its end.
    if (kept !== undefined) await pipeline(await kept.open(), discarding());
    return { backup, dumps, kept };
  });
}

/** A site that has a Vault does not get databases of another time beside it without somebody saying so. */
function requireNoAuthorization(
  { include, authorization }: RestoreRequest,
  { stack }: SiteAccess,
  { ref }: SealedBackup,
): void {
  if (!include.includes('vault') || authorization === 'none' || findService(stack, 'vault') === undefined) return;
  throw new BackupError('restore-refused', `Backup ${ref.id} holds no authorization data, and the site has a Vault`, {
    hint: 'To restore the databases alone, give authorization: none; or choose a backup that has both',
  });
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
