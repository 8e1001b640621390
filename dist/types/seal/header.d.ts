import { type Stanza } from './stanza.ts';
/** The text in front of an age payload (C2SP age.md, "Header"). */
export interface Header {
    readonly stanzas: readonly Stanza[];
    /** The bytes its MAC is made over: up to and including `---`. */
    readonly signed: Uint8Array;
    readonly mac: Uint8Array;
}
/** The header that wraps `fileKey` in these stanzas, as bytes. */
export declare function formatHeader(stanzas: readonly Stanza[], fileKey: Uint8Array): Uint8Array;
/** Reads a whole header, up to and including the line end after the MAC. Throws `seal-broken` for any other spelling. */
export declare function parseHeader(bytes: Uint8Array): Header;
/** Whether the header was written by somebody who knew this file key, and not changed since. */
export declare function isHeaderAuthentic(header: Header, fileKey: Uint8Array): boolean;
