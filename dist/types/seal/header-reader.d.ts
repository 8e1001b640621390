import { type Header } from './header.ts';
/** Finds the header at the start of a file that arrives in pieces. */
export interface HeaderReader {
    /**
     * Takes the next piece. Once the header is whole: the header, its length in bytes, and what of this piece comes
     * after it; undefined until then. Throws `seal-broken` for what cannot be a header, without keeping more than
     * 256 KiB of it.
     */
    push(piece: Uint8Array): {
        header: Header;
        sizeBytes: number;
        rest: Uint8Array;
    } | undefined;
}
export declare function createHeaderReader(): HeaderReader;
