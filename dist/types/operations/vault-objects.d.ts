import type { ManifestObject } from '../backups/manifest.ts';
import type { Identity } from '../seal/identities.ts';
import { type KeyFiles } from '../sources/vault/sealed-vault.ts';
import type { VaultToStage } from '../sources/vault/stage.ts';
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
/** The authorization in a backup, to be restored. */
export interface KeptVault extends VaultToStage {
    readonly keysText: string;
}
/** Both objects of authorization; undefined if that part is not complete in the backup. */
export declare function restorableVault(backup: SealedBackup): {
    storage: ManifestObject;
    keys: ManifestObject;
} | undefined;
/** Opens the authorization in a backup; `no-identity-matched` if no identity given is one of those for its keys. */
export declare function readKeptVault(backup: SealedBackup, { storage, keys }: {
    readonly storage: ManifestObject;
    readonly keys: ManifestObject;
}, identities: readonly Identity[], signal: AbortSignal): Promise<KeptVault>;
