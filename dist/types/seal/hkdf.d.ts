/** 32 bytes of HKDF-SHA-256 (RFC 5869): the one form age derives its keys in. */
export declare function hkdf(ikm: Uint8Array, salt: Uint8Array, info: string): Uint8Array;
/** HMAC-SHA-256 of the parts, one after the other. */
export declare function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array;
