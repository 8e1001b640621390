/** A minisign file's first two lines: a comment nobody vouches for, and base64. */
export declare function formatBox(comment: string, bytes: Uint8Array): string;
/** The lines of a minisign file, without line ends and a blank end. */
export declare function linesOf(text: string): string[];
/** The bytes on the second line if the first is a comment; undefined unless it is that, and `lengthBytes` long. */
export declare function parseBox(lines: readonly string[], lengthBytes: number): Uint8Array | undefined;
/** The bytes of a line of base64; undefined unless they are `lengthBytes`. */
export declare function parseBytes(line: string | undefined, lengthBytes: number): Uint8Array | undefined;
