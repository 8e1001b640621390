import { type PublicKey, type SigningKey } from './minisign-keys.ts';
export { generateSigningKey, type PublicKey, parsePublicKey, publicKeyOf, readSigningKey, type SigningKey, } from './minisign-keys.ts';
/**
 * A minisign signature file over `message`: Ed25519 of its BLAKE2b-512, and a comment that is signed with it. Throws
 * `input-invalid` for a comment that is not one printable line of at most 8000 bytes.
 */
export declare function sign(message: Uint8Array, key: SigningKey, trustedComment: string): string;
/**
 * Checks a minisign signature file (prehashed or legacy) over `message`, and the signature over its trusted comment,
 * which it returns. Throws `signature-invalid` if any of it is not by this key over exactly this.
 */
export declare function verifySignature(message: Uint8Array, signatureText: string, key: PublicKey): {
    readonly trustedComment: string;
};
