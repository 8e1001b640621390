/** What can be seen of a sealed file without an identity. None of it is authenticated. */
export interface SealedShape {
    /** The first word of each recipient stanza, e.g. `X25519` or `mlkem768x25519`. */
    readonly recipientKinds: readonly string[];
    readonly headerBytes: number;
    readonly sizeBytes: number;
    /** How long the plaintext is, if the file is whole. */
    readonly plaintextBytes: number;
}
/**
 * Reads a binary age file to its end without an identity: the header is one, and the length is one a whole file can
 * have. Throws `seal-broken` otherwise. It proves no more than that: a changed payload looks the same.
 * Fits as the last stage of `pipeline()`, so that a digest can be taken in the same pass.
 */
export declare function checkSealedShape(content: AsyncIterable<Uint8Array>): Promise<SealedShape>;
