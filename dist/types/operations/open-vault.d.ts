import type { ManifestObject } from '../backups/manifest.ts';
import type { Identity } from '../seal/identities.ts';
import type { Context } from './context.ts';
import type { SealedBackup } from './sealed-backup.ts';
import { type VaultObjects } from './vault-objects.ts';
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
export declare function openVault(backup: SealedBackup, { storage, keys }: VaultObjects & {
    readonly storage: ManifestObject;
}, { identities, folder }: {
    readonly identities: readonly Identity[];
    readonly folder: string;
}, { log, signal }: Context): Promise<OpenedVault>;
