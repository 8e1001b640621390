import { type TarEntry, type TarRules } from './rules.ts';
/** A run of a tar's bytes that was found good: an entry's header (or headers), some of its contents, or filling. */
export interface TarPiece {
    /** These bytes of the tar. Put together, all pieces are the tar. */
    readonly raw: Buffer;
    /** What begins here. */
    readonly entry?: TarEntry;
    /** Contents of the entry that began last. */
    readonly data?: Buffer;
}
export interface TarReader {
    /** The pieces that `chunk` completes; a header is part of one only once it has been judged. Throws `check-failed`. */
    push(chunk: Buffer): TarPiece[];
    /** To be called after the last chunk. Throws `check-failed` if the tar is not whole. */
    end(): void;
}
/** Reads a tar as it comes, and throws `check-failed` at the first byte that is not as `rules` have it. */
export declare function readTar(rules: TarRules): TarReader;
