import { isBackupError } from '../errors.ts';
import type { PublicKey } from '../seal/minisign.ts';
import type { Store } from '../stores/store.ts';
import { type BackupId, isBackupId, timeOf } from './ids.ts';
import { openManifest } from './kept.ts';
import { manifestName } from './layout.ts';
import type { Site } from './site.ts';

/** A backup, named so that it cannot be exchanged: by its id and the SHA-256 of its manifest. */
export interface ManifestLink {
  readonly id: BackupId;
  readonly digest: string;
}

/** The backup `id`, if its manifest is there and signed by `publicKey`; null if it is not there. */
export async function signedLink(
  store: Store,
  site: Site,
  publicKey: PublicKey,
  id: BackupId,
): Promise<ManifestLink | null> {
  try {
    const { digest } = await openManifest(store, { site, id }, publicKey);
    return { id, digest };
  } catch (error) {
    if (isBackupError(error, 'backup-missing')) return null;
    throw error;
  }
}

/**
 * The newest backup of `site` in `store` whose manifest is signed by `publicKey`, not counting ones dated after `now`;
 * null if there is none. Whether its objects are still there does not matter here.
 */
export async function newestSigned(
  store: Store,
  site: Site,
  publicKey: PublicKey,
  now: Date,
): Promise<ManifestLink | null> {
  const ids: BackupId[] = [];
  for await (const { path } of store.list(site)) {
    const [, id, name] = path.split('/');
    if (id !== undefined && name === manifestName && isBackupId(id) && timeOf(id) <= now) ids.push(id);
  }
  for (const id of ids.sort().reverse()) {
    try {
      const { digest } = await openManifest(store, { site, id }, publicKey);
      return { id, digest };
    } catch (error) {
      if (!isBackupError(error, 'signature-invalid') && !isBackupError(error, 'manifest-invalid')) throw error;
    }
  }
  return null;
}
