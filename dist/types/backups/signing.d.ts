import type { PublicKey, SigningKey } from '../seal/minisign-keys.ts';
import type { BackupRef } from './layout.ts';
/**
 * The minisign signature over a manifest's `bytes`. Its trusted comment names the site and the backup, so that
 * `minisign -V` shows them to people too.
 */
export declare function signManifest(bytes: Uint8Array, backup: BackupRef, key: SigningKey): string;
/**
 * Returns only if `signature` is one over `bytes` by `key`, made for this very site and backup; else throws
 * `signature-invalid`.
 */
export declare function verifyManifest(bytes: Uint8Array, signature: string, backup: BackupRef, key: PublicKey): void;
