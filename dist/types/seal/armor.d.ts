/** Takes age's ASCII armor as it comes and gives back the bytes in it. */
export interface Dearmorer {
    /** The bytes the lines completed by this piece stand for. Throws `seal-broken` for any but the strict form. */
    push(piece: Uint8Array): Uint8Array;
    /** The text has ended. Throws `seal-broken` if its last line is missing. */
    end(): void;
}
/** Strict PEM (RFC 7468 figure 3) as age asks for: LF or CRLF, white space around the block, nothing else loose. */
export declare function createDearmorer(): Dearmorer;
