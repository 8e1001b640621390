import { Readable } from 'node:stream';
import { BackupError, isBackupError } from '../errors.ts';
import type { PublicKey, SigningKey } from '../seal/minisign-keys.ts';
import type { Store } from '../stores/store.ts';
import { type BackupRef, manifestName, objectPath, signatureName } from './layout.ts';
import { decodeManifest, digestOf, encodeManifest, type Manifest, maxManifestBytes } from './manifest.ts';
import { signManifest, verifyManifest } from './signing.ts';

/** A manifest as it lies in a store, and the SHA-256 of its bytes in lower-case hex: the backup's digest. */
export interface KeptManifest {
  readonly manifest: Manifest;
  readonly digest: string;
}

/** The most bytes a signature may have; minisign's own have about 300. */
const maxSignatureBytes = 16 * 1024;

/**
 * Makes a backup whole: signs `manifest` and keeps both. The manifest comes last, so that one without a signature is
 * never the trace of a run that was cut off.
 */
export async function keepManifest(store: Store, manifest: Manifest, key: SigningKey): Promise<KeptManifest> {
  const bytes = encodeManifest(manifest);
  await put(store, objectPath(manifest, signatureName), Buffer.from(signManifest(bytes, manifest, key)));
  await put(store, objectPath(manifest, manifestName), bytes);
  return { manifest, digest: digestOf(bytes) };
}

/**
 * Makes a copy of a backup whole whose objects are all there: the signature as it lies in `from`, by `publicKey`, then the
 * manifest. A signature that is there already is what an earlier copy left.
 */
export async function copyManifest(from: Store, to: Store, manifest: Manifest, publicKey: PublicKey): Promise<void> {
  const bytes = encodeManifest(manifest);
  const signature = await signatureText(from, manifest);
  verifyManifest(bytes, signature, manifest, publicKey);
  await put(to, objectPath(manifest, signatureName), Buffer.from(signature)).catch(async (error: unknown) => {
    const isSame = isBackupError(error, 'object-exists') && (await signatureText(to, manifest)) === signature;
    if (!isSame) throw error;
  });
  await put(to, objectPath(manifest, manifestName), bytes);
}

/**
 * The manifest of a backup, once its signature by `publicKey` is verified to be for this very site and backup.
 * `backup-missing` if the backup was never finished, `signature-invalid` if it is not signed as it should be,
 * `manifest-invalid` for a signed manifest that cannot be used.
 */
export async function openManifest(store: Store, backup: BackupRef, publicKey: PublicKey): Promise<KeptManifest> {
  const bytes = await manifestBytes(store, backup);
  verifyManifest(bytes, await signatureText(store, backup), backup, publicKey);
  return { manifest: decodeManifest(bytes, backup), digest: digestOf(bytes) };
}

/** The manifest as it lies there, whoever wrote it: enough for a listing, never for a restore. Fails as `openManifest`. */
export async function peekManifest(store: Store, backup: BackupRef): Promise<KeptManifest> {
  const bytes = await manifestBytes(store, backup);
  return { manifest: decodeManifest(bytes, backup), digest: digestOf(bytes) };
}

async function manifestBytes(store: Store, backup: BackupRef): Promise<Buffer> {
  const path = objectPath(backup, manifestName);
  const bytes = await readUpTo(store, path, maxManifestBytes).catch((error: unknown) => {
    if (!isBackupError(error, 'object-missing')) throw error;
    throw new BackupError('backup-missing', `${store.name} has no finished backup ${backup.id} of ${backup.site}`, {
      cause: error,
    });
  });
  if (bytes) return bytes;
  throw new BackupError('manifest-invalid', `${path} in ${store.name} has more than ${maxManifestBytes} bytes`);
}

async function signatureText(store: Store, backup: BackupRef): Promise<string> {
  const path = objectPath(backup, signatureName);
  const bytes = await readUpTo(store, path, maxSignatureBytes).catch((error: unknown) => {
    if (!isBackupError(error, 'object-missing')) throw error;
    throw new BackupError('signature-invalid', `the manifest of ${backup.id} in ${store.name} is not signed`, {
      cause: error,
    });
  });
  if (bytes) return bytes.toString();
  throw new BackupError('signature-invalid', `${path} in ${store.name} has more than ${maxSignatureBytes} bytes`);
}

async function put(store: Store, path: string, bytes: Uint8Array): Promise<void> {
  await store.put(path, Readable.from([bytes]));
}

/** All bytes of an object; undefined if there are more than `maxBytes`. */
async function readUpTo(store: Store, path: string, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of (await store.get(path)) as AsyncIterable<Uint8Array>) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
