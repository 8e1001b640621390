import type { Stanza } from './stanza.ts';
/** The public key of a secret one (both 32 bytes). */
export declare function x25519PublicKey(secretKey: Uint8Array): Uint8Array;
/** Whether sealing to this key keeps anything secret: with a point of low order everybody knows the shared secret. */
export declare function isUsableX25519Key(publicKey: Uint8Array): boolean;
/** Wraps a file key for a public key under a fresh ephemeral key. The key must be usable (see above). */
export declare function wrapX25519(publicKey: Uint8Array, fileKey: Uint8Array): Stanza;
/** The file key in the first stanza this key opens, or undefined. Stanzas are checked for form beforehand. */
export declare function unwrapX25519(secretKey: Uint8Array, publicKey: Uint8Array, stanzas: readonly Stanza[]): Uint8Array | undefined;
