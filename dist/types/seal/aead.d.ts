/** Bytes a sealed message is longer than its plaintext. */
export declare const tagBytes = 16;
/** ChaCha20-Poly1305 (RFC 8439) without associated data. A nonce is used once with a key. */
export declare function sealMessage(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array): Uint8Array;
/** The plaintext, or undefined if it was not sealed with this key and nonce or was changed since. */
export declare function openMessage(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
