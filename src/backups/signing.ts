import { BackupError } from '../errors.ts';
import { sign, verifySignature } from '../seal/minisign.ts';
import type { PublicKey, SigningKey } from '../seal/minisign-keys.ts';
import type { BackupRef } from './layout.ts';

/**
 * The minisign signature over a manifest's `bytes`. Its trusted comment names the site and the backup, so that
 * `minisign -V` shows them to people too.
 */
export function signManifest(bytes: Uint8Array, backup: BackupRef, key: SigningKey): string {
  return sign(bytes, key, commentOf(backup));
}

/**
 * Returns only if `signature` is one over `bytes` by `key`, made for this very site and backup; else throws
 * `signature-invalid`.
 */
export function verifyManifest(bytes: Uint8Array, signature: string, backup: BackupRef, key: PublicKey): void {
  const { trustedComment } = verifySignature(bytes, signature, key);
  if (trustedComment === commentOf(backup)) return;
  throw new BackupError(
    'signature-invalid',
    `the manifest of ${backup.id} of ${backup.site} was signed as one of another site or backup`,
  );
}

function commentOf({ site, id }: BackupRef): string {
  return `candig-backup site=${site} id=${id}`;
}
