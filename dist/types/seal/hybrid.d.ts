import type { Stanza } from './stanza.ts';
/** Length of a hybrid public key: an ML-KEM-768 encapsulation key, then an X25519 point. */
export declare const hybridPublicKeyBytes = 1216;
/** The public key (1216 bytes) of a secret one (32 bytes, the X-Wing seed). */
export declare function hybridPublicKey(secretKey: Uint8Array): Uint8Array;
/** Whether both halves are keys: coefficients below the modulus (FIPS 203, 7.2), and a point not of low order. */
export declare function isUsableHybridKey(publicKey: Uint8Array): boolean;
/** Wraps a file key for a public key: HPKE (RFC 9180) in base mode over X-Wing. The key must be usable. */
export declare function wrapHybrid(publicKey: Uint8Array, fileKey: Uint8Array): Stanza;
/** The file key in the first stanza this key opens, or undefined. Stanzas are checked for form beforehand. */
export declare function unwrapHybrid(secretKey: Uint8Array, stanzas: readonly Stanza[]): Uint8Array | undefined;
