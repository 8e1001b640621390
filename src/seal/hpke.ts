import { hmac } from './hkdf.ts';

// RFC 9180, ciphersuite: KEM MLKEM768-X25519 (X-Wing, 0x647a), HKDF-SHA256 (1), ChaCha20Poly1305 (3).
const suite = Buffer.from([...Buffer.from('HPKE'), 0x64, 0x7a, 0x00, 0x01, 0x00, 0x03]);
const version = Buffer.from('HPKE-v1');
const none = new Uint8Array(0);

/** Key and nonce of the first message of an HPKE base-mode context (RFC 9180 section 5.1) over X-Wing. */
export function hpkeContext(sharedSecret: Uint8Array, info: string): { key: Uint8Array; nonce: Uint8Array } {
  const pskIdHash = extract(none, 'psk_id_hash', none);
  const infoHash = extract(none, 'info_hash', Buffer.from(info));
  const context = Buffer.concat([Buffer.from([0]), pskIdHash, infoHash]);
  const secret = extract(sharedSecret, 'secret', none);
  return { key: expand(secret, 'key', context, 32), nonce: expand(secret, 'base_nonce', context, 12) };
}

function extract(salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array {
  return hmac(salt, version, suite, Buffer.from(label), ikm);
}

/** At most 32 bytes: then HKDF-Expand is its first block alone. */
function expand(secret: Uint8Array, label: string, info: Uint8Array, lengthBytes: number): Uint8Array {
  const length = Buffer.from([0, lengthBytes]);
  return hmac(secret, length, version, suite, Buffer.from(label), info, Buffer.from([1])).subarray(0, lengthBytes);
}
