import { sodium } from './sodium.ts';

/** Bytes a sealed message is longer than its plaintext. */
export const tagBytes = 16;

/** ChaCha20-Poly1305 (RFC 8439) without associated data. A nonce is used once with a key. */
export function sealMessage(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array): Uint8Array {
  return sodium.crypto_aead_chacha20poly1305_ietf_encrypt(plaintext, null, null, nonce, key);
}

/** The plaintext, or undefined if it was not sealed with this key and nonce or was changed since. */
export function openMessage(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  if (sealed.length < tagBytes) return undefined;
  try {
    return sodium.crypto_aead_chacha20poly1305_ietf_decrypt(null, sealed, null, nonce, key);
  } catch {
    // With the lengths right, a wrong tag is all it throws for.
    return undefined;
  }
}
