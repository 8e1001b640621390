/**
 * Whether `name` may be one part of a store path: made of `[A-Za-z0-9._-]`, not starting with a dot or dash, so that
 * it is never a folder above, a hidden file, an option of some command, or spelt in two ways.
 */
export declare function isName(name: string): boolean;
/** The names a store path is made of, at least one. Throws `input-invalid` for anything that is not such a path. */
export declare function parsePath(path: string): [string, ...string[]];
