import type { PublicKey, SigningKey } from '../seal/minisign-keys.ts';
import type { Store } from '../stores/store.ts';
import { type BackupRef } from './layout.ts';
import { type Manifest } from './manifest.ts';
/** A manifest as it lies in a store, and the SHA-256 of its bytes in lower-case hex: the backup's digest. */
export interface KeptManifest {
    readonly manifest: Manifest;
    readonly digest: string;
}
/**
 * Makes a backup whole: signs `manifest` and keeps both. The manifest comes last, so that one without a signature is
 * never the trace of a run that was cut off.
 */
export declare function keepManifest(store: Store, manifest: Manifest, key: SigningKey): Promise<KeptManifest>;
/**
 * Makes a copy of a backup whole whose objects are all there: the signature as it lies in `from`, by `publicKey`, then the
 * manifest. A signature that is there already is what an earlier copy left.
 */
export declare function copyManifest(from: Store, to: Store, manifest: Manifest, publicKey: PublicKey): Promise<void>;
/**
 * The manifest of a backup, once its signature by `publicKey` is verified to be for this very site and backup.
 * `backup-missing` if the backup was never finished, `signature-invalid` if it is not signed as it should be,
 * `manifest-invalid` for a signed manifest that cannot be used.
 */
export declare function openManifest(store: Store, backup: BackupRef, publicKey: PublicKey): Promise<KeptManifest>;
/** The manifest as it lies there, whoever wrote it: enough for a listing, never for a restore. Fails as `openManifest`. */
export declare function peekManifest(store: Store, backup: BackupRef): Promise<KeptManifest>;
