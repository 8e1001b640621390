/** What signatures are checked with. */
export interface PublicKey {
    /** As minisign takes it after `-P`: one line of base64. */
    readonly text: string;
    /** 8 bytes by which a signature names its key. They prove nothing. */
    readonly keyId: Uint8Array;
    /** Ed25519. */
    readonly key: Uint8Array;
}
/** What signatures are made with. The secret cannot be read off it. */
export interface SigningKey {
    readonly publicKey: PublicKey;
    /** The Ed25519 signature (64 bytes) of these bytes. */
    signBytes(bytes: Uint8Array): Uint8Array;
}
/**
 * Reads a minisign secret key file, with its password if it has one (then it takes about 3 s and 1 GiB for a moment).
 * Throws `key-locked` when the password is missing or wrong, `key-invalid` for anything that is no such file.
 */
export declare function readSigningKey(text: string, password?: string): Promise<SigningKey>;
/** A new key pair without a password, as the two files minisign would write. */
export declare function generateSigningKey(): {
    secret: string;
    public: string;
};
/** Reads a public key: the line minisign takes after `-P`, or the two-line file. Throws `key-invalid`. */
export declare function parsePublicKey(text: string): PublicKey;
/** The public half of a signing key. */
export declare function publicKeyOf(key: SigningKey): PublicKey;
/** A key id as minisign shows it to people. */
export declare function toHex(keyId: Uint8Array): string;
