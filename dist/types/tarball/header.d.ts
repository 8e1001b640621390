/** What a header block begins: a file, a folder, or a name or attributes for the entry after it. */
export interface Block {
    readonly kind: 'file' | 'folder' | 'long-path' | 'pax';
    readonly path: string;
    readonly sizeBytes: number;
    readonly modifiedAt: Date | undefined;
}
/**
 * Reads a header of 512 bytes, or says as text why it is not let through. Stricter than any unpacker: what GNU tar,
 * busybox and the tar package do not all read the same is refused.
 */
export declare function readHeader(bytes: Buffer): Block | string;
/** `time`, unless it is no time at all. */
export declare function toProperTime(time: Date | undefined): Date | undefined;
/** Whether all of `bytes` are 0. */
export declare function isZero(bytes: Buffer): boolean;
