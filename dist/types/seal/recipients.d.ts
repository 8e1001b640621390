import type { Stanza } from './stanza.ts';
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
/**
 * Reads age recipients, one a line; blank lines and `#` comments are skipped. Throws `key-invalid`, naming the line
 * (from 1) and never its text, for anything that is not a usable key; and for none, too many (16), two that are the
 * same, or both kinds at once.
 */
export declare function parseRecipients(lines: readonly string[]): Recipient[];
/** Throws `key-invalid` unless one file may be sealed to exactly these. */
export declare function checkRecipients(recipients: readonly Recipient[]): void;
