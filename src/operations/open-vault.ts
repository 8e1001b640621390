import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { ManifestObject } from '../backups/manifest.ts';
import type { Identity } from '../seal/identities.ts';
import { vaultPartName } from '../sources/vault/dump.ts';
import { restoreTarball, restoreTarballName } from '../sources/vault/restore-tarball.ts';
import { checkedStorage } from '../sources/vault/sealed-vault.ts';
import type { Context } from './context.ts';
import type { SealedBackup } from './sealed-backup.ts';
import { openVaultKeys, type VaultObjects } from './vault-objects.ts';
import { writeWhole, writeWithSpool } from './write-whole.ts';

/** What was written of the authorization in a backup. */
export interface OpenedVault {
  readonly path: string;
  /** The object of the keys, if it is for other identities than those given. */
  readonly unopened: readonly string[];
}

/**
 * Writes the authorization of a backup as the one file that CanDIG's own restore takes. Without the keys, which may be
 * for others to open or may be missing in a degraded backup, there is none: then Vault's storage alone.
 */
export async function openVault(
  backup: SealedBackup,
  { storage, keys }: VaultObjects & { readonly storage: ManifestObject },
  { identities, folder }: { readonly identities: readonly Identity[]; readonly folder: string },
  { log, signal }: Context,
): Promise<OpenedVault> {
  const readStorage = async () => checkedStorage(await backup.readPlain(storage, identities, signal));
  const opened = keys && (await openVaultKeys(backup, keys, identities, signal));
  if (opened !== undefined) {
    const at = new Date(backup.manifest.startedAt);
    const path = join(folder, restoreTarballName);
    const contentOf = async (spool: FileHandle) => restoreTarball(await readStorage(), opened, spool, at, signal);
    return { path: await writeWithSpool(path, contentOf, signal), unopened: [] };
  }
  const why =
    keys === undefined ? 'The backup lacks the keys of Vault' : 'The identity does not open the keys of Vault';
  log.warn(`${why}: what is written as ${vaultPartName} opens for nobody without them`);
  const path = await writeWhole(join(folder, vaultPartName), await readStorage(), signal);
  return { path, unopened: keys === undefined ? [] : [keys.name] };
}
