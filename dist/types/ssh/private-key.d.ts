import { type ParsedKey } from 'ssh2';
/** A private key that is ready to sign. It shows nothing of itself but these words. */
export interface PrivateKey {
    /** E.g. `ssh-ed25519`. */
    readonly type: string;
    /** Of its public half. */
    readonly fingerprint: string;
    /** For ssh2 alone. */
    readonly parsed: ParsedKey;
}
/**
 * Reads an ed25519, ECDSA or RSA key in OpenSSH's or PEM form, mended where pasting broke its lines. `key-locked` if it
 * needs a passphrase, or another one; else `key-invalid`. No message holds any of `text`.
 */
export declare function parsePrivateKey(text: string, passphrase?: string): PrivateKey;
