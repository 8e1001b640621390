import type { ManifestObject } from '../backups/manifest.ts';
import { isBackupError } from '../errors.ts';
import type { Identity } from '../seal/identities.ts';
import { vaultKeysPartName, vaultPartName } from '../sources/vault/dump.ts';
import { parseVaultKeys } from '../sources/vault/keys.ts';
import { type KeyFiles, readKeyFiles } from '../sources/vault/sealed-vault.ts';
import type { SealedBackup } from './sealed-backup.ts';

/** The two objects of authorization, as far as they are in a backup: also of one in which that part failed. */
export interface VaultObjects {
  readonly storage: ManifestObject | undefined;
  readonly keys: ManifestObject | undefined;
}

export function findVaultObjects({ manifest }: SealedBackup): VaultObjects {
  const find = (name: string) =>
    manifest.objects.find((object) => object.part === 'vault' && object.name === `${name}.age`);
  return { storage: find(vaultPartName), keys: find(vaultKeysPartName) };
}

/**
 * The keys of Vault in a backup; undefined if no identity given is one of theirs, since they may have recipients of
 * their own. `vault-keys-wrong` if what opens is no `keys.txt`.
 */
export async function openVaultKeys(
  backup: SealedBackup,
  object: ManifestObject,
  identities: readonly Identity[],
  signal: AbortSignal,
): Promise<KeyFiles | undefined> {
  try {
    const files = await readKeyFiles(await backup.readPlain(object, identities, signal));
    parseVaultKeys(files.keys.toString('utf8'));
    return files;
  } catch (error) {
    if (isBackupError(error, 'no-identity-matched')) return undefined;
    throw error;
  }
}
