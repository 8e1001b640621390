import { BackupError } from '../errors.ts';
import { fromBech32, toBech32 } from './bech32.ts';
import { hybridPublicKey, unwrapHybrid } from './hybrid.ts';
import type { KeyKind } from './recipients.ts';
import { sodium } from './sodium.ts';
import type { Stanza } from './stanza.ts';
import { unwrapX25519, x25519PublicKey } from './x25519.ts';

/** A secret key that opens what was sealed to its recipient. The secret itself cannot be read off it. */
export interface Identity {
  readonly kind: KeyKind;
  /** The recipient it belongs to, as text. */
  readonly recipient: string;
  /**
   * The file key from the first stanza that is for this identity, or undefined if none is. Expects stanzas of the
   * right form; a share made to give the secret away is `seal-broken`.
   */
  unwrap(stanzas: readonly Stanza[]): Uint8Array | undefined;
}

const secretPrefixes: Readonly<Record<KeyKind, string>> = { x25519: 'AGE-SECRET-KEY-', hybrid: 'AGE-SECRET-KEY-PQ-' };
const secretKeyBytes = 32;

/**
 * Reads an age key file: one identity a line, with blank lines, `#` comments and CRLF. Throws `key-invalid`, naming
 * the line (from 1) and never its text, for anything else and for none; `key-locked` for a file under a passphrase.
 */
export function parseIdentities(text: string): Identity[] {
  if (/^\s*(age-encryption\.org\/|-----BEGIN AGE ENCRYPTED FILE-----)/.test(text)) {
    throw new BackupError('key-locked', 'the identity file is itself sealed with a passphrase', {
      hint: 'Open it with `age -d` first',
    });
  }
  const identities: Identity[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const key = line.trim();
    if (key === '' || key.startsWith('#')) continue;
    identities.push(parseIdentity(key, `identity on line ${index + 1}`));
  }
  if (identities.length === 0) throw new BackupError('key-invalid', 'no identity was given');
  return identities;
}

/** A new key pair as age writes the two texts, from the system's source of randomness. */
export function generateIdentity(kind: KeyKind): { identity: string; recipient: string } {
  const identity = toBech32(secretPrefixes[kind].toLowerCase(), sodium.randombytes_buf(secretKeyBytes)).toUpperCase();
  return { identity, recipient: toRecipient(identity) };
}

/** The recipient of one identity (`AGE-SECRET-KEY-…`). Throws `key-invalid`. */
export function toRecipient(identityText: string): string {
  return parseIdentity(identityText.trim(), 'identity').recipient;
}

function parseIdentity(text: string, what: string): Identity {
  const refuse = (why: string) => new BackupError('key-invalid', `${what} is ${why}`);
  if (text.startsWith('age1')) throw refuse('a recipient: the secret half is needed here');
  if (!text.startsWith('AGE-SECRET-KEY-')) throw refuse('neither an X25519 nor a hybrid age identity');
  const key = fromBech32(text);
  if (key === undefined) throw refuse('mistyped or cut: its checksum does not match');
  const { prefix, bytes: secretKey } = key;
  if (prefix === secretPrefixes.x25519 && secretKey.length === secretKeyBytes) {
    const publicKey = x25519PublicKey(secretKey);
    const recipient = toBech32('age', publicKey);
    return { kind: 'x25519', recipient, unwrap: (stanzas) => unwrapX25519(secretKey, publicKey, stanzas) };
  }
  if (prefix === secretPrefixes.hybrid && secretKey.length === secretKeyBytes) {
    const recipient = toBech32('age1pq', hybridPublicKey(secretKey));
    return { kind: 'hybrid', recipient, unwrap: (stanzas) => unwrapHybrid(secretKey, stanzas) };
  }
  throw refuse('neither an X25519 nor a hybrid age identity');
}
