import { BackupError } from '../errors.ts';
import { toPaddedBase64 } from './base64.ts';
import { passwordStream } from './minisign-password.ts';
import { formatBox, linesOf, parseBox, parseBytes } from './minisign-text.ts';
import { sodium } from './sodium.ts';

/** What signatures are checked with. */
export interface PublicKey {
  /** As minisign takes it after `-P`: one line of base64. */
  readonly text: string;
  /** 8 bytes by which a signature names its key. They prove nothing. */
  readonly keyId: Uint8Array;
  /** Ed25519. */
  readonly key: Uint8Array;
}

/** What signatures are made with. The secret cannot be read off it. */
export interface SigningKey {
  readonly publicKey: PublicKey;
  /** The Ed25519 signature (64 bytes) of these bytes. */
  signBytes(bytes: Uint8Array): Uint8Array;
}

const algorithm = Buffer.from('Ed');
const lockedBy = Buffer.from('Sc');
const unlocked = Buffer.from([0, 0]);
const checksumBy = Buffer.from('B2');
const publicBytes = 42;
const secretBytes = 158;
const pairBytes = 104;

/**
 * Reads a minisign secret key file, with its password if it has one (then it takes about 3 s and 1 GiB for a moment).
 * Throws `key-locked` when the password is missing or wrong, `key-invalid` for anything that is no such file.
 */
export async function readSigningKey(text: string, password?: string): Promise<SigningKey> {
  const bytes = parseBox(linesOf(text), secretBytes) ?? new Uint8Array(secretBytes);
  const kind = Buffer.from(bytes.subarray(0, 6));
  const isLocked = kind.subarray(2, 4).equals(lockedBy);
  if (!kind.equals(Buffer.concat([algorithm, isLocked ? lockedBy : unlocked, checksumBy]))) {
    throw new BackupError('key-invalid', 'the signing key is not a minisign secret key file');
  }
  if (!isLocked) return toSigningKey(bytes.subarray(54)) ?? damaged();
  if (password === undefined || password === '') {
    throw new BackupError('key-locked', 'the signing key has a password and none was given');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const lock = {
    salt: bytes.subarray(6, 38),
    operations: view.getBigUint64(38, true),
    memoryBytes: view.getBigUint64(46, true),
  };
  const stream = await passwordStream(password, lock, pairBytes);
  const key = toSigningKey(bytes.subarray(54).map((byte, i) => byte ^ (stream[i] ?? 0)));
  if (key === undefined) throw new BackupError('key-locked', 'the password of the signing key is wrong');
  return key;
}

/** A new key pair without a password, as the two files minisign would write. */
export function generateSigningKey(): { secret: string; public: string } {
  const { publicKey, privateKey } = sodium.crypto_sign_keypair();
  const keyId = sodium.randombytes_buf(8);
  const pair = Buffer.concat([keyId, privateKey]);
  const secret = Buffer.concat([algorithm, unlocked, checksumBy, Buffer.alloc(48), pair, checksum(pair)]);
  return {
    secret: formatBox('minisign secret key', secret),
    public: formatBox(`minisign public key ${toHex(keyId)}`, toPublicKeyBytes(keyId, publicKey)),
  };
}

/** Reads a public key: the line minisign takes after `-P`, or the two-line file. Throws `key-invalid`. */
export function parsePublicKey(text: string): PublicKey {
  const lines = linesOf(text.trim());
  const bytes = lines.length === 1 ? parseBytes(lines[0], publicBytes) : parseBox(lines, publicBytes);
  if (bytes === undefined || !algorithm.equals(bytes.subarray(0, 2)) || lines.length > 2) {
    throw new BackupError('key-invalid', 'the public key is not a minisign public key');
  }
  return toPublicKey(bytes.subarray(2, 10), bytes.subarray(10));
}

/** The public half of a signing key. */
export function publicKeyOf(key: SigningKey): PublicKey {
  return key.publicKey;
}

/** A key id as minisign shows it to people. */
export function toHex(keyId: Uint8Array): string {
  return Buffer.from(keyId).reverse().toString('hex').toUpperCase();
}

function toPublicKey(keyId: Uint8Array, key: Uint8Array): PublicKey {
  const text = toPaddedBase64(toPublicKeyBytes(keyId, key));
  return { text, keyId: Uint8Array.from(keyId), key: Uint8Array.from(key) };
}

function toPublicKeyBytes(keyId: Uint8Array, key: Uint8Array): Uint8Array {
  return Buffer.concat([algorithm, keyId, key]);
}

/** Key id, secret seed, public key, then their checksum; undefined if these do not belong together. */
function toSigningKey(bytes: Uint8Array): SigningKey | undefined {
  const pair = bytes.subarray(0, pairBytes - 32);
  const sum = bytes.subarray(pairBytes - 32);
  // Minisign 0.11 leaves the checksum of a key made without a password empty.
  if (!sodium.is_zero(sum) && !sodium.memcmp(sum, checksum(pair))) return undefined;
  const { publicKey, privateKey } = sodium.crypto_sign_seed_keypair(pair.subarray(8, 40));
  if (!sodium.memcmp(privateKey, pair.subarray(8))) return undefined;
  return {
    publicKey: toPublicKey(pair.subarray(0, 8), publicKey),
    signBytes: (message) => sodium.crypto_sign_detached(message, privateKey),
  };
}

function checksum(pair: Uint8Array): Uint8Array {
  return sodium.crypto_generichash(32, Buffer.concat([algorithm, pair]), null);
}

function damaged(): never {
  throw new BackupError('key-invalid', 'the signing key is damaged: its parts do not belong together');
}
