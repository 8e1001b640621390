import type { ManifestObject } from '../backups/manifest.ts';
import type { Identity } from '../seal/identities.ts';
import { type KeyFiles } from '../sources/vault/sealed-vault.ts';
import type { SealedBackup } from './sealed-backup.ts';
/** The two objects of authorization, as far as they are in a backup: also of one in which that part failed. */
export interface VaultObjects {
    readonly storage: ManifestObject | undefined;
    readonly keys: ManifestObject | undefined;
}
export declare function findVaultObjects({ manifest }: SealedBackup): VaultObjects;
/**
 * The keys of Vault in a backup; undefined if no identity given is one of theirs, since they may have recipients of
 * their own. `vault-keys-wrong` if what opens is no `keys.txt`.
 */
export declare function openVaultKeys(backup: SealedBackup, object: ManifestObject, identities: readonly Identity[], signal: AbortSignal): Promise<KeyFiles | undefined>;
