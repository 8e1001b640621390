import { createHash } from 'node:crypto';
import { readStrings } from './wire.ts';

/** A public key in SSH's own encoding (RFC 4253, section 6.6) as `ssh-keygen -l` shows it: `SHA256:…`. */
export function fingerprintOf(publicKey: Buffer): string {
  return `SHA256:${createHash('sha256').update(publicKey).digest('base64').replace(/=+$/, '')}`;
}

/** The type a public key names itself, e.g. `ssh-ed25519`; `unreadable` if it names none. */
export function keyTypeOf(publicKey: Buffer): string {
  const type = readStrings(publicKey, 1)?.strings[0]?.toString('latin1') ?? '';
  return /^[\w@.-]{1,64}$/.test(type) ? type : 'unreadable';
}
