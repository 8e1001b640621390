/** Text in Bech32 (BIP 173) without its limit on length, as age uses it. Lower case. */
export declare function toBech32(prefix: string, bytes: Uint8Array): string;
/** What Bech32 text says; undefined if it is not Bech32 (mixed case, wrong checksum, loose bits). `prefix` keeps its case. */
export declare function fromBech32(text: string): {
    prefix: string;
    bytes: Uint8Array;
} | undefined;
