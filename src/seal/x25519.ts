import { openMessage, sealMessage } from './aead.ts';
import { toBase64 } from './base64.ts';
import { sealBroken } from './broken.ts';
import { hkdf } from './hkdf.ts';
import { sodium } from './sodium.ts';
import type { Stanza } from './stanza.ts';

const kind = 'X25519';
const info = 'age-encryption.org/v1/X25519';
const zeroNonce = new Uint8Array(12);

/** The public key of a secret one (both 32 bytes). */
export function x25519PublicKey(secretKey: Uint8Array): Uint8Array {
  return sodium.crypto_scalarmult_base(secretKey);
}

/** Whether sealing to this key keeps anything secret: with a point of low order everybody knows the shared secret. */
export function isUsableX25519Key(publicKey: Uint8Array): boolean {
  return sharedSecret(sodium.randombytes_buf(32), publicKey) !== undefined;
}

/** Wraps a file key for a public key under a fresh ephemeral key. The key must be usable (see above). */
export function wrapX25519(publicKey: Uint8Array, fileKey: Uint8Array): Stanza {
  const ephemeral = sodium.randombytes_buf(32);
  const share = x25519PublicKey(ephemeral);
  const secret = sharedSecret(ephemeral, publicKey);
  if (secret === undefined) throw new TypeError('public key of low order');
  const key = hkdf(secret, Buffer.concat([share, publicKey]), info);
  return { args: [kind, toBase64(share)], body: sealMessage(key, zeroNonce, fileKey) };
}

/** The file key in the first stanza this key opens, or undefined. Stanzas are checked for form beforehand. */
export function unwrapX25519(
  secretKey: Uint8Array,
  publicKey: Uint8Array,
  stanzas: readonly Stanza[],
): Uint8Array | undefined {
  for (const stanza of stanzas) {
    if (stanza.args[0] !== kind) continue;
    const share = Buffer.from(stanza.args[1] ?? '', 'base64');
    const secret = sharedSecret(secretKey, share);
    if (secret === undefined) throw sealBroken('a share in its header is a point of low order');
    const fileKey = openMessage(hkdf(secret, Buffer.concat([share, publicKey]), info), zeroNonce, stanza.body);
    if (fileKey !== undefined) return fileKey;
  }
  return undefined;
}

function sharedSecret(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  try {
    return sodium.crypto_scalarmult(secretKey, publicKey);
  } catch {
    // The lengths are right, so the result was all zero.
    return undefined;
  }
}
