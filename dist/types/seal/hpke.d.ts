/** Key and nonce of the first message of an HPKE base-mode context (RFC 9180 section 5.1) over X-Wing. */
export declare function hpkeContext(sharedSecret: Uint8Array, info: string): {
    key: Uint8Array;
    nonce: Uint8Array;
};
