import type { Readable } from 'node:stream';
import { type Compression } from './inflate.ts';
import { type TarRules } from './rules.ts';
export interface UnpackRules extends TarRules {
    /** How it was compressed; null: not at all. */
    readonly compression: Compression | null;
    /** How many times larger than what came it may get. Default 1,000. */
    readonly maxRatio?: number;
    /** What it must hold, if that is known: no more and no less. */
    readonly expected?: Unpacked;
}
export interface Unpacked {
    readonly files: number;
    readonly bytes: number;
}
/**
 * Unpacks a tar into `folder`, which must not be there yet: all of it or nothing. Files are readable by their owner
 * only, whatever the tar says; none is replaced, and none lies outside. Throws `check-failed` if the tar is not as
 * `rules` have it, `object-exists` if `folder` is there, `disk-full`, or `store-failed`.
 */
export declare function unpackTar(content: Readable, folder: string, rules: UnpackRules, { signal }?: {
    readonly signal?: AbortSignal;
}): Promise<Unpacked>;
