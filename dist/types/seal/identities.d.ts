import type { KeyKind } from './recipients.ts';
import type { Stanza } from './stanza.ts';
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
/**
 * Reads an age key file: one identity a line, with blank lines, `#` comments and CRLF. Throws `key-invalid`, naming
 * the line (from 1) and never its text, for anything else and for none; `key-locked` for a file under a passphrase.
 */
export declare function parseIdentities(text: string): Identity[];
/** A new key pair as age writes the two texts, from the system's source of randomness. */
export declare function generateIdentity(kind: KeyKind): {
    identity: string;
    recipient: string;
};
/** The recipient of one identity (`AGE-SECRET-KEY-…`). Throws `key-invalid`. */
export declare function toRecipient(identityText: string): string;
