import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { encodeEvidence, evidenceName } from '../backups/evidence.ts';
import { keepManifest } from '../backups/kept.ts';
import type { BackupRef } from '../backups/layout.ts';
import type { ManifestObject } from '../backups/manifest.ts';
import { checkObject, putObject } from '../backups/objects.ts';
import { newestSigned } from '../backups/previous.ts';
import type { Site } from '../backups/site.ts';
import { BackupError, isBackupError } from '../errors.ts';
import type { PublicKey, SigningKey } from '../seal/minisign.ts';
import type { Recipient } from '../seal/recipients.ts';
import { sealStream } from '../seal/seal.ts';
import { databasePart } from '../sources/postgres/dump.ts';
import { chooseDatabases } from '../sources/postgres/postgres.ts';
import type { Part } from '../sources/source.ts';
import type { Store } from '../stores/store.ts';
import { version } from '../version.ts';
import { type Context, newRunId } from './context.ts';
import { enterSite, type Host, lockPatienceMs } from './site-access.ts';

export interface BackupRequest {
  readonly site: Site;
  readonly host: Host;
  /** Names of databases; none: all that are the site's own. */
  readonly databases: readonly string[];
  readonly recipients: readonly Recipient[];
  /** Being read since the start: an encrypted key takes seconds. */
  readonly signingKey: Promise<SigningKey>;
  readonly store: Store;
}

export interface ObjectReport {
  readonly name: string;
  readonly sizeBytes: number;
  /** How much was dumped into it, before sealing. */
  readonly plainBytes: number;
  readonly durationMs: number;
}

export interface BackupReport {
  readonly operation: 'backup';
  readonly status: 'complete';
  readonly site: string;
  readonly backupId: string;
  readonly store: string;
  /** SHA-256 of the manifest: what `expect-digest` and the next backup's chain name. */
  readonly manifestDigest: string;
  readonly previous: string | null;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly sizeBytes: number;
  readonly objects: readonly ObjectReport[];
  readonly healed: readonly string[];
}

/**
 * Makes one backup: dumps the databases side by side, seals and keeps each as it comes, reads everything back, and
 * writes the signed manifest last. If anything fails there is no manifest, and so no backup. A connection that is lost
 * on the way is worth one more try, from the start and under a new id.
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
  const { site, store, host } = request;
  const id = newRunId(context);
  const ref: BackupRef = { site, id };
  const startedAt = context.now().toISOString();
  context.log.phase('Look at the host');
  const prepared = Promise.all([request.signingKey, previousOf(request, context.now())]);
  prepared.catch(() => {});
  await using access = await enterSite(host, 'backup', id, context, lockWaitMs);
  const [signingKey, previous] = await prepared;
  const databases = await chooseDatabases(access.postgres, request.databases);

  context.log.phase('Dump the databases');
  const parts = databases.map(({ name }) => databasePart(access.postgres.server, name));
  const stop = new AbortController();
  const signal = AbortSignal.any([access.signal, stop.signal]);
  const dumping = parts.map(async (part) => await keepPart(request, ref, part, { ...context, signal }));
  let kept: KeptPart[];
  try {
    kept = await Promise.all(dumping);
  } catch (error) {
    // One failed: the others must not go on behind our back.
    stop.abort(new BackupError('cancelled', 'Another dump failed'));
    await Promise.allSettled(dumping);
    throw error;
  }

  context.log.phase('Seal the evidence');
  const evidence = encodeEvidence(ref, { databases: kept.map((part) => part.evidence) });
  const keptEvidence = await seal(request, ref, evidenceName, Readable.from([evidence]), { ...context, signal });

  context.log.phase('Read everything back');
  const objects: ManifestObject[] = [
    ...kept.map(({ object }) => ({ ...object, part: 'databases' as const })),
    { ...keptEvidence.object, part: 'evidence' as const },
  ];
  await Promise.all(objects.map((object) => checkObject(store, ref, object.name, object, { signal })));
  if (access.signal.aborted) throw reasonOf(access.signal.reason, access.signal);

  context.log.phase('Sign the manifest');
  const finishedAt = context.now().toISOString();
  const { digest } = await keepManifest(
    store,
    {
      format: 'candig-backup/1',
      site,
      id,
      reason: 'regular',
      startedAt,
      finishedAt,
      tool: version,
      previous,
      parts: [{ name: 'databases', status: 'complete' }],
      objects,
    },
    signingKey,
  );
  return {
    operation: 'backup',
    status: 'complete',
    site,
    backupId: id,
    store: store.name,
    manifestDigest: digest,
    previous: previous?.id ?? null,
    startedAt,
    finishedAt,
    sizeBytes: objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    objects: [...kept.map(({ report }) => report), keptEvidence.report],
    healed: access.healed,
  };
}

async function previousOf({ site, store, signingKey }: BackupRequest, now: Date) {
  const publicKey: PublicKey = (await signingKey).publicKey;
  return await newestSigned(store, site, publicKey, now);
}

interface KeptObject {
  readonly object: { readonly name: string; readonly sizeBytes: number; readonly sha256: string };
  readonly report: ObjectReport;
}

interface KeptPart extends KeptObject {
  readonly evidence: unknown;
}

/** Dumps a part into its object; a dump that PostgreSQL ended gets a second try. */
async function keepPart(request: BackupRequest, ref: BackupRef, part: Part, context: Context): Promise<KeptPart> {
  const once = async (): Promise<KeptPart> => {
    await using dump = await part.begin({ signal: context.signal });
    let evidence: unknown;
    // Before the object is whole, since an object cannot be taken back: a dump without evidence leaves none.
    const atEnd = async (): Promise<void> => {
      evidence = await dump.evidence();
    };
    const kept = await seal(request, ref, `${part.name}.age`, dump.content, context, atEnd);
    return { ...kept, evidence };
  };
  return await once().catch(async (error: unknown) => {
    if (!isBackupError(error, 'dump-ended') || context.signal.aborted) throw error;
    context.log.warn(`${error.message}; dumping it once more`);
    return await once();
  });
}

/** `atEnd` is awaited once all of `content` has been read; if it fails, there is no object. */
async function seal(
  { store, recipients }: BackupRequest,
  ref: BackupRef,
  name: string,
  content: Readable,
  { log, signal }: Context,
  atEnd: () => Promise<void> = async () => {},
): Promise<KeptObject> {
  const startedMs = performance.now();
  let plainBytes = 0;
  const counting = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      plainBytes += chunk.length;
      log.progress(name, chunk.length);
      done(null, chunk);
    },
    flush(done) {
      atEnd().then(() => done(), done);
    },
  });
  const sealed = sealStream(recipients);
  const sealing = pipeline(content, counting, sealed, { signal });
  const [put, fed] = await Promise.allSettled([putObject(store, ref, name, sealed, { signal }), sealing]);
  // Each breaks the other's stream when it fails: the one that says why in our words is the cause.
  if (fed.status === 'rejected' && isBackupError(fed.reason)) throw reasonOf(fed.reason, signal);
  if (put.status === 'rejected') throw reasonOf(put.reason, signal);
  if (fed.status === 'rejected') throw reasonOf(fed.reason, signal);
  const durationMs = Math.round(performance.now() - startedMs);
  return { object: { name, ...put.value }, report: { name, sizeBytes: put.value.sizeBytes, plainBytes, durationMs } };
}

/** An aborted stream says only that it was; the signal says why. */
function reasonOf(error: unknown, signal: AbortSignal): unknown {
  if (!signal.aborted) return error;
  if (signal.reason instanceof BackupError) return signal.reason;
  return new BackupError('cancelled', 'Cancelled', { cause: signal.reason });
}
