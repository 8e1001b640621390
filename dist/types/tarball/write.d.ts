/** What goes into a tar: a folder, or a file whose length is known before its contents are. */
export interface NewEntry {
    /** Relative, of plain segments, at most 100 bytes; a folder's without a `/` at its end. */
    readonly path: string;
    readonly modifiedAt: Date;
    /** Undefined: a folder. */
    readonly file?: {
        readonly sizeBytes: number;
        readonly content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
    };
}
/**
 * The bytes of a tar that every program reads the same: no attributes, owned by root, readable by the owner only.
 * Errors with `store-failed` if a file turns out to be longer or shorter than was said.
 */
export declare function writeTar(entries: Iterable<NewEntry>): AsyncGenerator<Uint8Array>;
