import type { ManifestObject } from '../backups/manifest.ts';
import { BackupError, isBackupError } from '../errors.ts';
import type { Identity } from '../seal/identities.ts';
import { vaultKeysPartName, vaultPartName } from '../sources/vault/dump.ts';
import { parseVaultKeys } from '../sources/vault/keys.ts';
import { checkedStorage, type KeyFiles, readKeyFiles } from '../sources/vault/sealed-vault.ts';
import type { VaultToStage } from '../sources/vault/stage.ts';
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

/** The authorization in a backup, to be restored. */
export interface KeptVault extends VaultToStage {
  readonly keysText: string;
}

/** Both objects of authorization; undefined if that part is not complete in the backup. */
export function restorableVault(backup: SealedBackup): { storage: ManifestObject; keys: ManifestObject } | undefined {
  const { parts } = backup.manifest;
  if (!parts.some(({ name, status }) => name === 'vault' && status === 'complete')) return undefined;
  const { storage, keys } = findVaultObjects(backup);
  if (storage !== undefined && keys !== undefined) return { storage, keys };
  throw new BackupError('manifest-invalid', `The manifest of ${backup.ref.id} names not all of authorization`);
}

/** Opens the authorization in a backup; `no-identity-matched` if no identity given is one of those for its keys. */
export async function readKeptVault(
  backup: SealedBackup,
  { storage, keys }: { readonly storage: ManifestObject; readonly keys: ManifestObject },
  identities: readonly Identity[],
  signal: AbortSignal,
): Promise<KeptVault> {
  const files = await openVaultKeys(backup, keys, identities, signal);
  if (files === undefined) {
    throw new BackupError('no-identity-matched', `No identity given opens ${keys.name}, the keys of Vault`, {
      hint: 'They may have recipients of their own (vault-keys-recipients): give an identity of those as well',
    });
  }
  const keysText = files.keys.toString('utf8');
  return {
    keysText,
    keys: parseVaultKeys(keysText),
    sizeBytes: storage.sizeBytes,
    open: async () => checkedStorage(await backup.readPlain(storage, identities, signal)),
  };
}
