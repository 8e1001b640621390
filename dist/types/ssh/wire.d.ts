/**
 * Reads `count` length-prefixed strings (RFC 4251, section 5) from `bytes` at `offset`, and says where they end.
 * Undefined if they do not fit.
 */
export declare function readStrings(bytes: Buffer, count: number, offset?: number): {
    readonly strings: readonly Buffer[];
    readonly end: number;
} | undefined;
