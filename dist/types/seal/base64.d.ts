/** Standard base64 without padding, as in age headers. */
export declare function toBase64(bytes: Uint8Array): string;
/** Standard base64 with padding, as in minisign files and age armor. */
export declare function toPaddedBase64(bytes: Uint8Array): string;
/** The bytes of unpadded base64; undefined unless `text` is the one canonical spelling of them. */
export declare function fromBase64(text: string): Uint8Array | undefined;
/** The bytes of padded base64; undefined unless `text` is the one canonical spelling of them. */
export declare function fromPaddedBase64(text: string): Uint8Array | undefined;
