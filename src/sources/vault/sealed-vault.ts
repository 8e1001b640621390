import { pipeline, type Readable } from 'node:stream';
import { BackupError } from '../../errors.ts';
import { checkedTar } from '../../tarball/checked-tar.ts';
import { readFiles } from '../../tarball/read-files.ts';
import type { TarRules } from '../../tarball/rules.ts';

/** What may be in the tar of Vault's storage: files and folders below `data/`. */
export const storageRules: TarRules = {
  maxEntries: 10_000_000,
  maxBytes: Number.MAX_SAFE_INTEGER,
  isAllowed: ({ kind, path }) => (kind === 'folder' && path === 'data') || path.startsWith('data/'),
};

/** What may be in the tar of its keys. */
export const keysRules: TarRules = {
  maxEntries: 2,
  maxBytes: 16 * 1024 * 1024,
  isAllowed: ({ kind, path }) => kind === 'file' && (path === 'keys.txt' || path === 'service_stores.txt'),
};

/** Lets a tar of Vault's storage through as long as it is one: checked before anybody unpacks it. */
export function checkedStorage(plain: Readable): Readable {
  const checked = checkedTar(storageRules);
  // Its failure is the checked stream's own error, seen by whoever reads it.
  pipeline(plain, checked, () => {});
  return checked;
}

/** What is in the tar of Vault's keys. In memory only. */
export interface KeyFiles {
  readonly keys: Buffer;
  /** Which services log in; undefined: it was not there. */
  readonly serviceStores: Buffer | undefined;
}

/** Reads the tar of Vault's keys. `vault-keys-wrong` if there is no `keys.txt` in it. */
export async function readKeyFiles(plain: Readable): Promise<KeyFiles> {
  const files = await readFiles(plain, keysRules);
  const keys = files.get('keys.txt');
  if (keys !== undefined) return { keys, serviceStores: files.get('service_stores.txt') };
  throw new BackupError('vault-keys-wrong', 'The backup holds no keys.txt');
}
