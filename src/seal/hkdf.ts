import { createHmac, hkdfSync } from 'node:crypto';

/** 32 bytes of HKDF-SHA-256 (RFC 5869): the one form age derives its keys in. */
export function hkdf(ikm: Uint8Array, salt: Uint8Array, info: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', ikm, salt, info, 32));
}

/** HMAC-SHA-256 of the parts, one after the other. */
export function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const mac = createHmac('sha256', key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}
