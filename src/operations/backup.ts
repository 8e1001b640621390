import { Readable } from 'node:stream';
import { type Evidence, encodeEvidence, evidenceName } from '../backups/evidence.ts';
import type { BackupRef } from '../backups/layout.ts';
import type { ManifestObject, PartName } from '../backups/manifest.ts';
import type { Site } from '../backups/site.ts';
import { BackupError, type ErrorCode, isBackupError } from '../errors.ts';
import type { SigningKey } from '../seal/minisign.ts';
import type { Recipient } from '../seal/recipients.ts';
import type { Store } from '../stores/store.ts';
import { version } from '../version.ts';
import { partsOf } from './backup-parts.ts';
import { type Context, newRunId } from './context.ts';
import { beginCopies, type StoredCopy } from './copies.ts';
import { type Destination, type KeptPart, keepObject, keepPart, type ObjectReport, reasonOf } from './keep-object.ts';
import { enterHost, type Host, type HostAccess, lockPatienceMs } from './site-access.ts';

export interface BackupRequest {
  readonly site: Site;
  readonly host: Host;
  /** What of the site; at least one. */
  readonly include: readonly PartName[];
  /** Names of databases; none: all that are the site's own. */
  readonly databases: readonly string[];
  readonly recipients: readonly Recipient[];
  /** Who can open the keys of Vault, which open what lies beside them; undefined: the same. */
  readonly vaultKeysRecipients: readonly Recipient[] | undefined;
  /** Being read since the start: an encrypted key takes seconds. */
  readonly signingKey: Promise<SigningKey>;
  /** At least one; each gets a copy of its own. */
  readonly stores: readonly Store[];
}

export interface PartReport {
  readonly name: PartName;
  /** `incomplete`: kept, without something that was there to be had. */
  readonly status: 'complete' | 'incomplete' | 'failed';
  /** Why it failed. */
  readonly code: ErrorCode | null;
  /** Why it is not complete. */
  readonly message: string | null;
  /** What of it is not in the backup, or not as it should be; counts, no names of files. */
  readonly gaps: readonly string[];
}

export interface BackupReport {
  readonly operation: 'backup';
  /** `degraded`: what is complete in it is good, and a part or a copy that was asked for is not. */
  readonly status: 'complete' | 'degraded';
  readonly site: string;
  readonly backupId: string;
  readonly copies: readonly StoredCopy[];
  /** SHA-256 of the manifest: what `expect-digest` and the next backup's chain name. */
  readonly manifestDigest: string;
  readonly previous: string | null;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly sizeBytes: number;
  readonly parts: readonly PartReport[];
  readonly objects: readonly ObjectReport[];
  readonly healed: readonly string[];
}

/**
 * Makes one backup: dumps what is asked for side by side, seals and keeps each object as it comes, reads everything back,
 * and writes the signed manifest last. A part that fails makes the backup degraded; if all fail there is no manifest, and
 * so no backup. A connection that is lost on the way is worth one more try, from the start and under a new id.
 */
export async function backup(request: BackupRequest, context: Context): Promise<BackupReport> {
  try {
    return await attempt(request, context, 0);
  } catch (error) {
    if (!isBackupError(error, 'connection-lost') || context.signal.aborted) throw error;
    context.log.warn(`${error.message}; trying once more from the start`);
    return await attempt(request, context, lockPatienceMs);
  }
}

async function attempt(request: BackupRequest, context: Context, lockWaitMs: number): Promise<BackupReport> {
  const { site, stores, host, recipients } = request;
  const id = newRunId(context);
  const ref: BackupRef = { site, id };
  const copies = beginCopies(stores, ref, context);
  const to: Destination = { copies, recipients };
  const startedAt = context.now().toISOString();
  context.log.phase('Look at the host');
  const { signingKey: reading } = request;
  const prepared = reading.then(async (key) => [key, await copies.newest(key.publicKey, context.now())] as const);
  prepared.catch(() => {});
  await using access = await enterHost(host, 'backup', id, context, lockWaitMs);
  const [signingKey, previous] = await prepared;

  context.log.phase(`Dump ${wordsFor(request.include)}`);
  const sources = await keepSources(request, id, to, access, context);
  const inAccess = { ...context, signal: access.signal };

  context.log.phase('Seal the evidence');
  const evidence = encodeEvidence(
    ref,
    Object.fromEntries(sources.map(({ name, kept }) => [name, kept.map((part) => part.evidence)])) as Evidence['parts'],
  );
  const keptEvidence = await keepObject(to, evidenceName, Readable.from([evidence]), inAccess);

  context.log.phase('Read everything back');
  const objects: ManifestObject[] = [
    ...sources.flatMap(({ name, kept }) => kept.map(({ object }) => ({ ...object, part: name }))),
    { ...keptEvidence.object, part: 'evidence' as const },
  ];
  const { signal } = access;
  await copies.check(objects, signal);
  if (signal.aborted) throw reasonOf(signal.reason, signal);

  context.log.phase('Sign the manifest');
  const finishedAt = context.now().toISOString();
  const parts = sources.map(({ name, failure }) => ({
    name,
    ...(failure === undefined ? { status: 'complete' as const } : { status: 'failed' as const, code: failure.code }),
  }));
  const digest = await copies.finish(
    {
      format: 'candig-backup/1',
      site,
      id,
      reason: 'regular',
      startedAt,
      finishedAt,
      tool: version,
      previous,
      parts,
      objects,
    },
    signingKey,
  );
  const reports = sources.map(reportOf);
  for (const gap of reports.flatMap(({ gaps }) => gaps)) context.log.warn(gap);
  return {
    operation: 'backup',
    status: [...reports, ...copies.reports].every(({ status }) => status === 'complete') ? 'complete' : 'degraded',
    site,
    backupId: id,
    copies: copies.reports,
    manifestDigest: digest,
    previous: previous?.id ?? null,
    startedAt,
    finishedAt,
    sizeBytes: objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    parts: reports,
    objects: [...sources.flatMap(({ kept }) => kept.map(({ report }) => report)), keptEvidence.report],
    healed: access.healed,
  };
}

function reportOf({ name, kept, failure }: KeptSource): PartReport {
  const gaps = kept.flatMap((part) => part.gaps);
  const lost = gaps.filter(({ isLoss }) => isLoss).map(({ what }) => what);
  const status = failure !== undefined ? 'failed' : lost.length > 0 ? 'incomplete' : 'complete';
  const message = failure?.message ?? (lost.length > 0 ? lost.join('; ') : null);
  return { name, status, code: failure?.code ?? null, message, gaps: gaps.map(({ what }) => what) };
}

const words = { databases: 'the databases', vault: 'the authorization data', logs: 'the logs' } as const;

function wordsFor(include: readonly PartName[]): string {
  const all = include.map((name) => words[name]);
  return all.length === 1 ? (all[0] ?? '') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}

interface KeptSource {
  readonly name: PartName;
  /** What of it is whole, also if it failed. */
  readonly kept: readonly KeptPart[];
  readonly failure: BackupError | undefined;
}

/**
 * Dumps every source, side by side. One that fails does not take the others along, unless there is nothing left to keep,
 * or what failed is the run itself: that is thrown.
 */
async function keepSources(
  request: BackupRequest,
  runId: string,
  to: Destination,
  access: HostAccess,
  context: Context,
): Promise<KeptSource[]> {
  const ending = new AbortController();
  const signal = AbortSignal.any([access.signal, ending.signal]);
  const work = request.include.map(async (name) => {
    try {
      return await keepSource(name, request, runId, to, access, { ...context, signal });
    } catch (error) {
      ending.abort(calledOff());
      throw error;
    }
  });
  const settled = await Promise.allSettled(work);
  const thrown = settled.flatMap((it) => (it.status === 'rejected' ? [it.reason] : []));
  // The others were called off because of it.
  const reason = thrown.find((error) => !isBackupError(error, 'cancelled')) ?? thrown[0];
  if (reason !== undefined) throw reasonOf(reason, access.signal);
  const sources = await Promise.all(work);
  for (const { name, failure } of sources) {
    if (failure === undefined) continue;
    if (sources.every((source) => source.failure !== undefined)) throw failure;
    context.log.warn(`${words[name]} could not be backed up: ${failure.message}`);
  }
  return sources;
}

/** Throws only what is about the run as a whole; what is about this source is in the answer. */
async function keepSource(
  name: PartName,
  request: BackupRequest,
  runId: string,
  to: Destination,
  access: HostAccess,
  context: Context,
): Promise<KeptSource> {
  const stop = new AbortController();
  const within = { ...context, signal: AbortSignal.any([context.signal, stop.signal]) };
  let keeping: Promise<KeptPart>[] = [];
  try {
    const parts = await partsOf(name, request, runId, access, within);
    keeping = parts.map(async ({ part, recipients }) => await keepPart({ ...to, recipients }, part, within));
    return { name, kept: await Promise.all(keeping), failure: undefined };
  } catch (error) {
    // One failed: the others must not go on behind our back.
    stop.abort(calledOff());
    const ended = await Promise.allSettled(keeping);
    if (context.signal.aborted || !isBackupError(error) || endsTheRun(error)) throw error;
    const kept = ended.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
    return { name, kept, failure: error };
  }
}

/** What is not about one source: the way to the host is gone, or the site is not well and needs the host's guard, who waits for us. */
function endsTheRun({ code }: BackupError): boolean {
  return code === 'connection-lost' || code === 'needs-person';
}

function calledOff(): BackupError {
  return new BackupError('cancelled', 'Another dump failed');
}
