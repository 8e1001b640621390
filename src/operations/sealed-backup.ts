import { pipeline as connect, type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { CatalogEntry } from '../backups/catalog.ts';
import { discarding } from '../backups/discard.ts';
import { decodeEvidence, type Evidence, evidenceName, maxEvidenceBytes } from '../backups/evidence.ts';
import { findBackup, isDue } from '../backups/find.ts';
import type { BackupId } from '../backups/ids.ts';
import type { BackupRef } from '../backups/layout.ts';
import type { Manifest, ManifestObject, PartName } from '../backups/manifest.ts';
import { readObject } from '../backups/objects.ts';
import type { Site } from '../backups/site.ts';
import { BackupError, type ErrorCode, isBackupError } from '../errors.ts';
import type { Identity } from '../seal/identities.ts';
import type { PublicKey } from '../seal/minisign.ts';
import { unsealStream } from '../seal/seal.ts';
import type { Store } from '../stores/store.ts';
import { listEverywhere, together } from './catalogs.ts';
import type { Context } from './context.ts';

/** Which backup to open, and with what. */
export interface OpeningRequest {
  readonly site: Site;
  /** Where to look, the nearest first; at least one. */
  readonly stores: readonly Store[];
  /** `latest`: the newest regular one that has every part asked for. */
  readonly backup: 'latest' | BackupId;
  /** Pinned by whoever asks: what the manifest must be signed with. */
  readonly publicKey: PublicKey;
}

/** One store's copy of a backup whose manifest is signed by the pinned key. Its objects have not been read yet. */
export interface SealedBackup {
  readonly ref: BackupRef;
  /** For people: where this copy is. */
  readonly where: string;
  readonly manifest: Manifest;
  readonly digest: string;
  /** The sealed bytes of an object; errors unless they are, to the last, what the manifest says. */
  readSealed(object: ManifestObject, signal: AbortSignal): Promise<Readable>;
  /** The plain bytes of an object; errors as well unless every chunk opens and the last one is the last. */
  readPlain(object: ManifestObject, identities: readonly Identity[], signal: AbortSignal): Promise<Readable>;
}

/** Where a backup is, and where it is not. */
export interface FoundCopies {
  /** The whole ones, the nearest first. */
  readonly whole: readonly [SealedBackup, ...SealedBackup[]];
  /** The stores without, and why. */
  readonly lacking: readonly { readonly store: string; readonly reason: BackupError }[];
}

/**
 * Finds the backup, in whatever stores it is, and checks the signature over its manifest. `latest` is refused when a store
 * cannot be read: it may have a newer one.
 */
export async function findCopies(
  { site, stores, backup, publicKey }: OpeningRequest,
  parts: readonly PartName[],
  context: Context,
): Promise<FoundCopies> {
  const { read, unread } = await listEverywhere(stores, site, publicKey, context);
  const entries = together(read);
  const { id, digest } = findBackup(entries, backup, parts, context.now());
  if (backup === 'latest') {
    judgeNewer(entries, id, context);
    const [unknown] = unread;
    if (unknown !== undefined) {
      throw new BackupError(
        'backup-missing',
        `Whether ${unknown.store.name} has a newer backup than ${id} is not known`,
        {
          hint: `Find out why, or leave that store out; to use the newest of the others, give its id, ${id}`,
          cause: unknown.reason,
        },
      );
    }
  }
  const whole: SealedBackup[] = [];
  const lacking = unread.map(({ store, reason }) => ({ store: store.name, reason }));
  for (const { store, entries: there } of read) {
    const entry = there.find((it) => it.id === id);
    if (entry?.state === 'whole' && entry.digest === digest && entry.manifest !== undefined) {
      whole.push(copyIn(store, { site, id }, entry.manifest, digest));
      continue;
    }
    const reason = entry?.trouble ?? new BackupError('backup-missing', `${store.name} has no backup ${id}`);
    lacking.push({ store: store.name, reason });
    context.log.warn(`${store.name} has no whole copy of backup ${id}`);
  }
  const [nearest, ...others] = whole;
  if (nearest === undefined) throw new BackupError('backup-missing', `Backup ${id} is in none of the stores`);
  return { whole: [nearest, ...others], lacking };
}

/**
 * Carries out `work` with the nearest copy of a backup; when that turns out to be damaged or cannot be reached, with the
 * next. `work` must change nothing.
 */
export async function withNearest<Result>(
  copies: readonly [SealedBackup, ...SealedBackup[]],
  context: Context,
  work: (copy: SealedBackup) => Promise<Result>,
): Promise<Result> {
  const [copy, next, ...others] = copies;
  const { log, signal } = context;
  try {
    return await work(copy);
  } catch (error) {
    if (next === undefined || signal.aborted || !isOfTheCopy(error)) throw error;
    log.warn(`The copy in ${copy.where} is of no use: ${error.message}; turning to ${next.where}`);
    return await withNearest([next, ...others], context, work);
  }
}

/** Whether `error` is about one copy, so that another may be better. */
export function isOfTheCopy(error: unknown): error is BackupError {
  return isBackupError(error) && ofTheCopy.has(error.code);
}

const ofTheCopy: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(['object-missing', 'object-damaged', 'store-failed', 'seal-broken'] as const),
  ...(['connection-lost', 'host-unreachable', 'timed-out', 'auth-failed'] as const),
]);

function copyIn(store: Store, ref: BackupRef, manifest: Manifest, digest: string): SealedBackup {
  const readSealed = async (object: ManifestObject, signal: AbortSignal): Promise<Readable> =>
    await readObject(store, ref, object.name, object, { signal });
  return {
    ref,
    where: store.name,
    manifest,
    digest,
    readSealed,
    readPlain: async (object, identities, signal) => {
      const plain = unsealStream(identities);
      // A failure of either is the plain stream's own error, seen by whoever reads it.
      connect(await readSealed(object, signal), plain, () => {});
      return plain;
    },
  };
}

/**
 * Whoever asks for the latest must not be handed an older one without a word, because somebody spoilt the newest: refused
 * if a newer one is damaged or forged. One that was never finished is only named.
 */
function judgeNewer(entries: readonly CatalogEntry[], found: BackupId, { now, log }: Context): void {
  const newer = entries.filter(({ id }) => id > found && isDue(id, now()));
  const spoilt = newer.filter(({ state }) => state === 'damaged' || state === 'forged');
  if (spoilt.length > 0) {
    const said = spoilt.map(({ id, state }) => `${id} (${state})`).join(', ');
    throw new BackupError('backup-missing', `Newer backups than ${found} cannot be used: ${said}`, {
      hint: `Find out why; to use the older one all the same, give its id, ${found}`,
    });
  }
  for (const { id } of newer.filter(({ state }) => state === 'incomplete')) log.warn(`Backup ${id} was never finished`);
}

/** The plain bytes of an object, as `readPlain` gives them, shown as they pass. */
export async function readShown(
  backup: SealedBackup,
  object: ManifestObject,
  identities: readonly Identity[],
  { log, signal }: Context,
): Promise<Readable> {
  const counting = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      log.progress(object.name, chunk.length);
      done(null, chunk);
    },
  });
  connect(await backup.readPlain(object, identities, signal), counting, () => {});
  return counting;
}

/** Reads objects through to their ends: digests, header MAC, every chunk. Keeps nothing of them. */
export async function readThrough(
  backup: SealedBackup,
  objects: readonly ManifestObject[],
  identities: readonly Identity[],
  context: Context,
): Promise<void> {
  for (const object of objects) await pipeline(await readShown(backup, object, identities, context), discarding());
}

/** Opens the evidence of a backup. */
export async function readEvidence(
  backup: SealedBackup,
  identities: readonly Identity[],
  signal: AbortSignal,
): Promise<Evidence> {
  const object = backup.manifest.objects.find(({ name }) => name === evidenceName);
  if (object === undefined) {
    throw new BackupError('manifest-invalid', `The manifest of ${backup.ref.id} names no evidence`);
  }
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  const plain = await backup.readPlain(object, identities, signal);
  for await (const chunk of plain as AsyncIterable<Uint8Array>) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxEvidenceBytes)
      throw new BackupError('manifest-invalid', `The evidence of ${backup.ref.id} is too large`);
    chunks.push(chunk);
  }
  return decodeEvidence(Buffer.concat(chunks), backup.ref);
}
