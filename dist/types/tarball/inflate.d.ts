import { Transform } from 'node:stream';
export declare const compressions: readonly ['zstd', 'gzip'];
export type Compression = (typeof compressions)[number];
export interface InflateLimits {
    /** How many times larger than what came the output may be. */
    readonly maxRatio: number;
}
/**
 * The steps that unpack what was compressed, for a `pipeline`. They error if it is damaged, was cut off or has something
 * behind its end, and as soon as it grows beyond `maxRatio`; `inflateError` makes `check-failed` of every such error.
 */
export declare function inflating(compression: Compression, { maxRatio }: InflateLimits): [before: Transform, inflate: Transform, after: Transform];
/** An error of a pipeline with `inflating` in it, as our own; what is none of zlib's comes back as it was. */
export declare function inflateError(error: unknown): unknown;
