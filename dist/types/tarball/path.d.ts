/**
 * `path` as every program reads it that unpacks a tar: relative, of plain segments, so that it stays below the folder
 * it is unpacked into. Undefined if it is anything else.
 */
export declare function toPlainPath(path: string, kind: 'file' | 'folder'): string | undefined;
