import { isCandidate } from '../backups/find.ts';
import type { BackupId } from '../backups/ids.ts';
import type { PartName } from '../backups/manifest.ts';
import type { Site } from '../backups/site.ts';
import { isBackupError } from '../errors.ts';
import type { Identity } from '../seal/identities.ts';
import type { PublicKey } from '../seal/minisign.ts';
import { chooseDatabases, openPostgres } from '../sources/postgres/postgres.ts';
import { listPrevious } from '../sources/postgres/previous.ts';
import { readServerFacts } from '../sources/postgres/server-facts.ts';
import { databaseServiceOf } from '../stack/database-service.ts';
import { readLeft } from '../stack/journal.ts';
import { probeServices } from '../stack/probe.ts';
import { findService, readStack, type Stack } from '../stack/stack.ts';
import type { Store } from '../stores/store.ts';
import { type AuthorizationReport, type AuthorizationRequest, compareWithLiving } from './authorization.ts';
import { listEverywhere, together } from './catalogs.ts';
import { type Context, newRunId } from './context.ts';
import { planOutage } from './outage-plan.ts';
import { neededBytes } from './readiness.ts';
import { findCopies, withNearest } from './sealed-backup.ts';
import type { Host } from './site-access.ts';
import { readKeptVault, restorableVault } from './vault-objects.ts';

export interface PlanRequest extends AuthorizationRequest {
  readonly site: Site;
  readonly host: Host;
  readonly databases: readonly string[];
  readonly services: readonly string[];
  /** None: the plan is about the host only. */
  readonly stores: readonly Store[];
  readonly publicKey: PublicKey | undefined;
  readonly backup: 'latest' | BackupId;
  /** Whether the keys of Vault are to have recipients of their own. */
  readonly vaultKeysApart: boolean;
  /** None, or no stores or public key: authorization is not compared. */
  readonly identities: readonly Identity[];
}

export interface PlanReport {
  readonly operation: 'plan';
  readonly status: 'complete';
  readonly site: string;
  readonly host: string;
  readonly containers: readonly {
    readonly name: string;
    readonly service: string;
    readonly state: string;
    readonly image: string;
    /** What happens to it in a restore: it is stopped, or asked for data, or left alone. */
    readonly role: 'database' | 'stopped' | 'left';
    /** Whether it gives data now; null if it is not one that is asked. */
    readonly well: boolean | null;
  }[];
  readonly postgresVersion: string;
  readonly databases: readonly { readonly name: string; readonly sizeBytes: number }[];
  /** Where PostgreSQL's data lie; null if it cannot be told. */
  readonly freeBytes: number | null;
  /** What staging all databases at their present size would take. */
  readonly neededBytes: number;
  /** Between what stopping and starting takes at best, and when a service waits out Docker's 10 s before it stops. */
  readonly expectedOutageSeconds: readonly [atLeast: number, atMost: number];
  readonly outsideSessions: number;
  /** Copies that restores and rollbacks kept. */
  readonly previous: readonly { readonly runId: string; readonly at: string; readonly sizeBytes: number }[];
  /** The run whose traces the next run will put right, if one was cut off. */
  readonly unfinishedRun: string | null;
  /** The newest backup of the databases, which a restore takes; null if there is none, or no stores were given. */
  readonly newestBackup: string | null;
  /** False: whoever can open the authorization data in a backup can open the keys beside it; null: there is no Vault. */
  readonly vaultKeysApart: boolean | null;
  /** What a restore would change of authorization; null if it was not compared. */
  readonly authorization: AuthorizationReport | null;
}

/** What a backup would take and what a restore would do to the site. Changes nothing and takes no lock. */
export async function plan(request: PlanRequest, context: Context): Promise<PlanReport> {
  const { host, site } = request;
  const { remote, project } = host;
  const { signal } = context;
  context.log.phase('Look at the site');
  const stack = await readStack(remote, project, { signal });
  const database = databaseServiceOf(stack);
  await using postgres = await openPostgres(remote, database, newRunId(context));
  const chosen = await chooseDatabases(postgres, request.databases).catch((error: unknown) => {
    // A site that lost its databases is one a plan is asked for.
    if (isBackupError(error, 'database-missing') && request.databases.length === 0) return [];
    throw error;
  });
  const outage = await planOutage(
    { stack, database, postgres },
    { databases: chosen.map(({ name }) => name), services: request.services },
  );
  const [facts, previous, { journal }, probes, newest] = await Promise.all([
    readServerFacts(postgres),
    listPrevious(postgres),
    readLeft(remote, project, { signal }),
    probeServices(remote, stack, database, { signal }),
    newestOf(request, context),
  ]);
  return {
    operation: 'plan',
    status: 'complete',
    site,
    host: remote.name,
    containers: stack.containers.map((container) => ({
      name: container.name,
      service: container.service ?? '',
      state: container.state,
      image: container.image,
      role: container.id === database.id ? 'database' : outage.stop.includes(container) ? 'stopped' : 'left',
      well: probes.find(({ service }) => service === container.service)?.well ?? null,
    })),
    postgresVersion: facts.version,
    databases: chosen.map(({ name, sizeBytes }) => ({ name, sizeBytes })),
    freeBytes: facts.freeBytes ?? null,
    neededBytes: neededBytes(chosen, facts),
    expectedOutageSeconds: expectedOutage(outage.stop.length),
    outsideSessions: outage.outsideSessions,
    previous: previous.map(({ runId, at, sizeBytes }) => ({ runId, at, sizeBytes })),
    unfinishedRun: journal === undefined ? null : `${journal.operation} ${journal.run}`,
    newestBackup: newest,
    vaultKeysApart: findService(stack, 'vault') === undefined ? null : request.vaultKeysApart,
    authorization: await compareKept(request, { stack, signal }, context),
  };
}

/** Opens the backup's Vault beside the living one, compares, and lets go of it again. */
async function compareKept(
  request: PlanRequest,
  { stack, signal }: { readonly stack: Stack; readonly signal: AbortSignal },
  context: Context,
): Promise<AuthorizationReport | null> {
  const { host, site, stores, publicKey, identities, backup: wanted, authorization } = request;
  if (stores.length === 0 || publicKey === undefined || identities.length === 0 || authorization === 'none')
    return null;
  const parts: PartName[] = authorization === undefined ? ['databases'] : ['databases', 'vault'];
  const opening = { site, stores, publicKey, backup: wanted };
  const copies = await findCopies(opening, parts, context).catch((error: unknown) => {
    if (!isBackupError(error, 'backup-missing')) throw error;
    context.log.warn(`${error.message}; authorization is not compared`);
    return undefined;
  });
  if (copies === undefined || findService(stack, 'vault') === undefined) return null;
  return await withNearest(copies.whole, context, async (backup) => {
    const vault = restorableVault(backup);
    if (vault === undefined) return null;
    context.log.phase('Compare authorization');
    const kept = await readKeptVault(backup, vault, identities, signal);
    const run = { runId: newRunId(context), at: context.now().toISOString(), signal };
    try {
      const { report, living } = await compareWithLiving(host, { stack, fenced: host.remote }, kept, request, run);
      await living?.[Symbol.asyncDispose]();
      return report;
    } catch (error) {
      if (!isBackupError(error, 'restore-refused')) throw error;
      // A site whose Vault is in trouble is one a plan is asked for.
      context.log.warn([error.message, error.hint].filter((text) => text !== undefined).join('. '));
      return null;
    }
  });
}

/** Measured: a start takes a quarter of a second, swapping and asking for data about one second more. */
function expectedOutage(services: number): readonly [number, number] {
  const atLeast = Math.ceil(1 + 0.3 * services);
  return [atLeast, atLeast + 10];
}

async function newestOf({ stores, site, publicKey }: PlanRequest, context: Context): Promise<string | null> {
  if (stores.length === 0) return null;
  const { read } = await listEverywhere(stores, site, publicKey, context);
  const newest = together(read).find(
    ({ id, state, manifest }) =>
      (state === 'whole' || state === 'unverified') &&
      manifest &&
      isCandidate(id, manifest, ['databases'], context.now()),
  );
  return newest?.id ?? null;
}
