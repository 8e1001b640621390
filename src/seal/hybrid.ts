import { openMessage, sealMessage } from './aead.ts';
import { toBase64 } from './base64.ts';
import { sealBroken } from './broken.ts';
import { hpkeContext } from './hpke.ts';
import { sodium } from './sodium.ts';
import type { Stanza } from './stanza.ts';

const kind = 'mlkem768x25519';
const info = 'age-encryption.org/mlkem768x25519';

/** Length of a hybrid public key: an ML-KEM-768 encapsulation key, then an X25519 point. */
export const hybridPublicKeyBytes = 1216;

/** The public key (1216 bytes) of a secret one (32 bytes, the X-Wing seed). */
export function hybridPublicKey(secretKey: Uint8Array): Uint8Array {
  return sodium.crypto_kem_xwing_seed_keypair(secretKey).publicKey;
}

/** Whether both halves are keys: coefficients below the modulus (FIPS 203, 7.2), and a point not of low order. */
export function isUsableHybridKey(publicKey: Uint8Array): boolean {
  try {
    // libsodium checks both whenever it encapsulates.
    sodium.crypto_kem_xwing_enc(publicKey);
    return true;
  } catch {
    return false;
  }
}

/** Wraps a file key for a public key: HPKE (RFC 9180) in base mode over X-Wing. The key must be usable. */
export function wrapHybrid(publicKey: Uint8Array, fileKey: Uint8Array): Stanza {
  const { ciphertext, sharedSecret } = sodium.crypto_kem_xwing_enc(publicKey);
  const { key, nonce } = hpkeContext(sharedSecret, info);
  return { args: [kind, toBase64(ciphertext)], body: sealMessage(key, nonce, fileKey) };
}

/** The file key in the first stanza this key opens, or undefined. Stanzas are checked for form beforehand. */
export function unwrapHybrid(secretKey: Uint8Array, stanzas: readonly Stanza[]): Uint8Array | undefined {
  for (const stanza of stanzas) {
    if (stanza.args[0] !== kind) continue;
    const { key, nonce } = hpkeContext(decapsulate(secretKey, stanza.args[1] ?? ''), info);
    const fileKey = openMessage(key, nonce, stanza.body);
    if (fileKey !== undefined) return fileKey;
  }
  return undefined;
}

function decapsulate(secretKey: Uint8Array, share: string): Uint8Array {
  try {
    return sodium.crypto_kem_xwing_dec(Buffer.from(share, 'base64'), secretKey);
  } catch {
    // Every ML-KEM ciphertext decapsulates to something; only a point of low order is refused.
    throw sealBroken('a share in its header is a point of low order');
  }
}
