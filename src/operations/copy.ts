import pLimit from 'p-limit';
import { copyManifest } from '../backups/kept.ts';
import type { BackupRef } from '../backups/layout.ts';
import type { Manifest, ManifestObject } from '../backups/manifest.ts';
import { checkObject, putObject, readObject } from '../backups/objects.ts';
import type { Site } from '../backups/site.ts';
import { BackupError, isBackupError } from '../errors.ts';
import type { PublicKey } from '../seal/minisign.ts';
import type { Store } from '../stores/store.ts';
import { type Catalog, listEverywhere, together } from './catalogs.ts';
import type { Context } from './context.ts';
import { type StoredCopy, storedCopy } from './copies.ts';

export interface CopyRequest {
  readonly site: Site;
  /** Two or more. */
  readonly stores: readonly Store[];
  /** What a backup must be signed with to be copied. */
  readonly publicKey: PublicKey;
}

export interface CopiedBackup extends StoredCopy {
  readonly backupId: string;
  /** Of the objects that were written. */
  readonly sizeBytes: number;
}

export interface CopyReport {
  readonly operation: 'copy';
  /** `degraded`: some store still lacks a backup that another has whole. */
  readonly status: 'complete' | 'degraded';
  readonly site: string;
  /** One for each backup that a store lacked; those that are everywhere are not named. */
  readonly copied: readonly CopiedBackup[];
  readonly sizeBytes: number;
}

const objectsAtOnce = 4;

/**
 * Gives every store each backup that is whole in another, oldest first. Objects are copied as they are, sealed; every one is
 * read back, and the signed manifest comes last, so that a copy that was cut off is no copy, and is finished by the next
 * run. Nothing is replaced or removed: what a store has damaged stays so, and is told of.
 */
export async function copy(request: CopyRequest, context: Context): Promise<CopyReport> {
  const { site, stores, publicKey } = request;
  context.log.phase('Look at the stores');
  const { read: catalogs, unread } = await listEverywhere(stores, site, publicKey, context);
  const copied: CopiedBackup[] = [];
  for (const { id, state, manifest, digest } of together(catalogs).reverse()) {
    if (state !== 'whole' || manifest === undefined) continue;
    const [sources, lacking] = parted(catalogs, id, digest);
    for (const store of lacking) {
      context.log.phase(`Copy backup ${id} to ${store.name}`);
      copied.push(await copyOne(store, sources, manifest, publicKey, context));
    }
  }
  const isComplete = unread.length === 0 && copied.every(({ status }) => status === 'complete');
  return {
    operation: 'copy',
    status: isComplete ? 'complete' : 'degraded',
    site,
    copied,
    sizeBytes: copied.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

/** The stores that have this very backup whole, the nearest first, and those that do not. */
function parted(catalogs: readonly Catalog[], id: string, digest: string | undefined): [Store[], Store[]] {
  const isIn = ({ entries }: Catalog) =>
    entries.some((entry) => entry.id === id && entry.state === 'whole' && entry.digest === digest);
  const storesOf = (some: readonly Catalog[]) => some.map(({ store }) => store);
  return [storesOf(catalogs.filter(isIn)), storesOf(catalogs.filter((it) => !isIn(it)))];
}

async function copyOne(
  to: Store,
  sources: readonly Store[],
  manifest: Manifest,
  publicKey: PublicKey,
  context: Context,
): Promise<CopiedBackup> {
  const { signal, log } = context;
  const ref: BackupRef = manifest;
  let sizeBytes = 0;
  try {
    const limit = pLimit(objectsAtOnce);
    const work = manifest.objects.map((object) =>
      limit(async () => {
        if (await copyObject(to, sources, ref, object, context)) sizeBytes += object.sizeBytes;
        await checkObject(to, ref, object.name, object, { signal });
      }),
    );
    // All of them end before anything else is done.
    await Promise.allSettled(work);
    await Promise.all(work);
    await fromAny(sources, context, async (from) => await copyManifest(from, to, manifest, publicKey));
    return { ...storedCopy(to.name), backupId: ref.id, sizeBytes };
  } catch (error) {
    if (signal.aborted || !isBackupError(error)) throw error;
    log.warn(`${to.name} has no whole copy of backup ${ref.id}: ${error.message}`);
    return { ...storedCopy(to.name, error), backupId: ref.id, sizeBytes };
  }
}

/** False if something of that name is there already; whether it is the object is for a check to say. */
async function copyObject(
  to: Store,
  sources: readonly Store[],
  ref: BackupRef,
  object: ManifestObject,
  context: Context,
): Promise<boolean> {
  const { signal } = context;
  try {
    await fromAny(sources, context, async (from) => {
      // It errors at its end if it is not what was signed, and then nothing is kept.
      const content = await readObject(from, ref, object.name, object, { signal });
      await putObject(to, ref, object.name, content, { signal });
    });
    return true;
  } catch (error) {
    if (isBackupError(error, 'object-exists')) return false;
    throw error;
  }
}

/** Tries the nearest source, and the next when that one turns out to be damaged or out of reach. */
async function fromAny(
  [source, ...others]: readonly Store[],
  context: Context,
  work: (from: Store) => Promise<void>,
): Promise<void> {
  if (source === undefined) throw new BackupError('backup-missing', 'There is no store left to copy from');
  try {
    await work(source);
  } catch (error) {
    if (others.length === 0 || context.signal.aborted || isBackupError(error, 'object-exists')) throw error;
    await fromAny(others, context, work);
  }
}
