import { BackupError } from '../errors.ts';
import { fromBech32 } from './bech32.ts';
import { hybridPublicKeyBytes, isUsableHybridKey, wrapHybrid } from './hybrid.ts';
import type { Stanza } from './stanza.ts';
import { isUsableX25519Key, wrapX25519 } from './x25519.ts';

/** `hybrid` keeps its secrets from quantum computers too, and makes headers of about 1.6 kB a recipient. */
export type KeyKind = 'x25519' | 'hybrid';

/** A public key that files are sealed to. */
export interface Recipient {
  readonly kind: KeyKind;
  /** As age writes it: `age1…` or `age1pq1…`. */
  readonly text: string;
  /** The file key (16 bytes) as only the holder of the matching identity can unwrap it. Different at every call. */
  wrap(fileKey: Uint8Array): Stanza;
}

const maxRecipients = 16;

/**
 * Reads age recipients, one a line; blank lines and `#` comments are skipped. Throws `key-invalid`, naming the line
 * (from 1) and never its text, for anything that is not a usable key; and for none, too many (16), two that are the
 * same, or both kinds at once.
 */
export function parseRecipients(lines: readonly string[]): Recipient[] {
  const recipients: Recipient[] = [];
  for (const [index, line] of lines.entries()) {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) continue;
    recipients.push(parseRecipient(text, `recipient on line ${index + 1}`));
  }
  checkRecipients(recipients);
  return recipients;
}

/** Throws `key-invalid` unless one file may be sealed to exactly these. */
export function checkRecipients(recipients: readonly Recipient[]): void {
  const [first] = recipients;
  if (first === undefined) throw new BackupError('key-invalid', 'no recipient was given');
  if (recipients.length > maxRecipients) {
    throw new BackupError('key-invalid', `${recipients.length} recipients were given, at most ${maxRecipients} can be`);
  }
  if (new Set(recipients.map((recipient) => recipient.text)).size < recipients.length) {
    throw new BackupError('key-invalid', 'the same recipient was given twice');
  }
  if (recipients.some((recipient) => recipient.kind !== first.kind)) {
    throw new BackupError('key-invalid', 'recipients of both kinds (age1… and age1pq1…) were given for one file', {
      hint: 'One age1… recipient would undo what the age1pq1… ones protect from: give recipients of one kind',
    });
  }
}

/** Reads one recipient. `what` names it in the `key-invalid` error. */
function parseRecipient(text: string, what: string): Recipient {
  if (/^age-secret-key-/i.test(text)) {
    throw new BackupError('key-invalid', `${what} is a secret key, where its public half belongs`, {
      hint: 'Give the public key (age1…) in its place. If the secret key was stored or shown where others can read it, make a new pair',
    });
  }
  if (!text.startsWith('age1')) throw notOffered(what);
  const key = fromBech32(text);
  if (key === undefined)
    throw new BackupError('key-invalid', `${what} is mistyped or cut: its checksum does not match`);
  const { prefix, bytes } = key;
  if (prefix === 'age' && bytes.length === 32) {
    if (!isUsableX25519Key(bytes)) throw new BackupError('key-invalid', `${what} is a point of low order, not a key`);
    return { kind: 'x25519', text, wrap: (fileKey) => wrapX25519(bytes, fileKey) };
  }
  if (prefix === 'age1pq' && bytes.length === hybridPublicKeyBytes) {
    if (!isUsableHybridKey(bytes)) throw new BackupError('key-invalid', `${what} is not a usable hybrid key`);
    return { kind: 'hybrid', text, wrap: (fileKey) => wrapHybrid(bytes, fileKey) };
  }
  throw notOffered(what);
}

function notOffered(what: string): BackupError {
  return new BackupError('key-invalid', `${what} is neither an X25519 (age1…) nor a hybrid (age1pq1…) recipient`);
}
