import { BackupError } from '../errors.ts';
import { toPaddedBase64 } from './base64.ts';
import { type PublicKey, type SigningKey, toHex } from './minisign-keys.ts';
import { formatBox, linesOf, parseBox, parseBytes } from './minisign-text.ts';
import { sodium } from './sodium.ts';

export {
  generateSigningKey,
  type PublicKey,
  parsePublicKey,
  publicKeyOf,
  readSigningKey,
  type SigningKey,
} from './minisign-keys.ts';

const trusted = 'trusted comment: ';
const prehashed = Buffer.from('ED');
const legacy = Buffer.from('Ed');
const maxCommentBytes = 8000;

/**
 * A minisign signature file over `message`: Ed25519 of its BLAKE2b-512, and a comment that is signed with it. Throws
 * `input-invalid` for a comment that is not one printable line of at most 8000 bytes.
 */
export function sign(message: Uint8Array, key: SigningKey, trustedComment: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (/[\x00-\x1f\x7f]/.test(trustedComment) || Buffer.byteLength(trustedComment) > maxCommentBytes) {
    throw new BackupError('input-invalid', 'a trusted comment is one line of printable text');
  }
  const signature = key.signBytes(blake2b(message));
  const box = Buffer.concat([prehashed, key.publicKey.keyId, signature]);
  const overComment = key.signBytes(Buffer.concat([signature, Buffer.from(trustedComment)]));
  return `${formatBox('signature by candig-backup', box)}${trusted}${trustedComment}\n${toPaddedBase64(overComment)}\n`;
}

/**
 * Checks a minisign signature file (prehashed or legacy) over `message`, and the signature over its trusted comment,
 * which it returns. Throws `signature-invalid` if any of it is not by this key over exactly this.
 */
export function verifySignature(
  message: Uint8Array,
  signatureText: string,
  key: PublicKey,
): { readonly trustedComment: string } {
  const lines = linesOf(signatureText);
  const box = parseBox(lines, 74);
  const overComment = parseBytes(lines[3], 64);
  if (box === undefined || overComment === undefined || lines.length !== 4 || !lines[2]?.startsWith(trusted)) {
    throw new BackupError('signature-invalid', 'the signature is not a minisign signature file');
  }
  const kind = Buffer.from(box.subarray(0, 2));
  const keyId = box.subarray(2, 10);
  const signature = box.subarray(10);
  if (!kind.equals(prehashed) && !kind.equals(legacy)) {
    throw new BackupError('signature-invalid', 'the signature is of a kind that is not known');
  }
  if (!sodium.memcmp(keyId, key.keyId)) {
    throw new BackupError('signature-invalid', `the signature is by key ${toHex(keyId)}, not by ${toHex(key.keyId)}`);
  }
  const signed = kind.equals(prehashed) ? blake2b(message) : message;
  if (!sodium.crypto_sign_verify_detached(signature, signed, key.key)) {
    throw new BackupError('signature-invalid', `the signature by key ${toHex(keyId)} does not fit what it should sign`);
  }
  const trustedComment = lines[2].slice(trusted.length);
  const commented = Buffer.concat([signature, Buffer.from(trustedComment)]);
  if (!sodium.crypto_sign_verify_detached(overComment, commented, key.key)) {
    throw new BackupError('signature-invalid', `the trusted comment signed by key ${toHex(keyId)} was changed`);
  }
  return { trustedComment };
}

function blake2b(message: Uint8Array): Uint8Array {
  return sodium.crypto_generichash(64, message, null);
}
