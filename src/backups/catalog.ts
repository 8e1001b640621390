import pLimit from 'p-limit';
import { BackupError, isBackupError } from '../errors.ts';
import type { PublicKey } from '../seal/minisign-keys.ts';
import type { Store } from '../stores/store.ts';
import { type BackupId, isBackupId } from './ids.ts';
import { type KeptManifest, openManifest, peekManifest } from './kept.ts';
import { type BackupRef, manifestName } from './layout.ts';
import type { Manifest } from './manifest.ts';
import type { Site } from './site.ts';

/**
 * What can be said of a backup without reading its objects through:
 * - `whole`: its signature verifies, and every object it names is there in its size.
 * - `incomplete`: it has no manifest: under way, or cut off.
 * - `damaged`: an object is missing or has another size, or the manifest cannot be read.
 * - `forged`: its manifest is not signed, or the signature does not verify.
 * - `unverified`: all is there, and no public key was given to verify it with.
 */
export type BackupState = 'whole' | 'incomplete' | 'damaged' | 'forged' | 'unverified';

export interface CatalogEntry {
  readonly id: BackupId;
  readonly state: BackupState;
  /** Why it is not whole. There unless it is. */
  readonly trouble?: BackupError;
  /** There if it could be read and is not forged. Of an unverified backup, it is what somebody wrote. */
  readonly manifest?: Manifest;
  /** The SHA-256 of the manifest, in lower-case hex. There whenever the manifest is. */
  readonly digest?: string;
  /** Of all objects in its folder. */
  readonly sizeBytes: number;
  /** How many objects lie in its folder, the manifest and its signature among them. */
  readonly objects: number;
}

/** The sizes of the objects in a backup's folder, by name. */
type Sizes = ReadonlyMap<string, number>;

const manifestsAtOnce = 8;

/**
 * The backups of `site` in `store`, newest first. Made from what lies there each time: there is no list that could be
 * out of date. Rejects only when the store itself cannot be listed or reached; trouble with one backup is told in its
 * entry. Things that are no backups are passed over.
 */
export async function listBackups(store: Store, site: Site, publicKey: PublicKey | undefined): Promise<CatalogEntry[]> {
  const limit = pLimit(manifestsAtOnce);
  const found = [...(await foldersOf(store, site))].sort(([a], [b]) => (a < b ? 1 : -1));
  return await Promise.all(found.map(([id, sizes]) => limit(() => entryOf(store, { site, id }, sizes, publicKey))));
}

async function foldersOf(store: Store, site: Site): Promise<Map<BackupId, Map<string, number>>> {
  const folders = new Map<BackupId, Map<string, number>>();
  for await (const { path, sizeBytes } of store.list(site)) {
    const [, id, name, ...deeper] = path.split('/');
    if (id === undefined || name === undefined || deeper.length > 0 || !isBackupId(id)) continue;
    const sizes = folders.get(id) ?? new Map<string, number>();
    folders.set(id, sizes.set(name, sizeBytes));
  }
  return folders;
}

async function entryOf(
  store: Store,
  backup: BackupRef,
  sizes: Sizes,
  publicKey: PublicKey | undefined,
): Promise<CatalogEntry> {
  const seen = { id: backup.id, sizeBytes: sumOf(sizes), objects: sizes.size };
  // Asked for only if listed, so that a listing of half-written backups costs no calls.
  const kept = sizes.has(manifestName) ? await readKept(store, backup, publicKey) : unfinished(store, backup);
  if (kept instanceof BackupError) return { ...seen, state: stateBy(kept), trouble: kept };
  const trouble = objectTrouble(backup, kept.manifest, sizes);
  if (trouble) return { ...seen, ...kept, state: 'damaged', trouble };
  if (publicKey) return { ...seen, ...kept, state: 'whole' };
  return { ...seen, ...kept, state: 'unverified', trouble: unverified(backup) };
}

/** The manifest, or the trouble with it; trouble with the store as such is thrown. */
async function readKept(
  store: Store,
  backup: BackupRef,
  publicKey: PublicKey | undefined,
): Promise<KeptManifest | BackupError> {
  try {
    return await (publicKey ? openManifest(store, backup, publicKey) : peekManifest(store, backup));
  } catch (error) {
    if (isBackupError(error) && troubles.has(error.code)) return error;
    throw error;
  }
}

/** What the codes that tell of one backup, and not of the store, make it. */
const troubles: ReadonlyMap<string, BackupState> = new Map<string, BackupState>([
  ['backup-missing', 'incomplete'],
  ['signature-invalid', 'forged'],
  ['manifest-invalid', 'damaged'],
  ['object-damaged', 'damaged'],
  ['store-failed', 'damaged'],
]);

function stateBy(trouble: BackupError): BackupState {
  return troubles.get(trouble.code) ?? 'damaged';
}

function objectTrouble(backup: BackupRef, manifest: Manifest, sizes: Sizes): BackupError | undefined {
  for (const { name, sizeBytes } of manifest.objects) {
    const found = sizes.get(name);
    if (found === undefined) return new BackupError('object-missing', `the backup ${backup.id} has lost ${name}`);
    if (found !== sizeBytes) {
      const what = `${name} of the backup ${backup.id} has ${found} bytes and not ${sizeBytes}`;
      return new BackupError('object-damaged', what);
    }
  }
  return undefined;
}

function unfinished(store: Store, { id }: BackupRef): BackupError {
  return new BackupError('backup-missing', `the backup ${id} in ${store.name} is not finished: it has no manifest`);
}

function unverified({ id }: BackupRef): BackupError {
  return new BackupError('signature-invalid', `the backup ${id} is not verified: no public key was given`, {
    hint: 'Give the public key the backups are signed with',
  });
}

function sumOf(sizes: Sizes): number {
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
