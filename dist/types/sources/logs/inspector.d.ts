import { type Compression } from '../../tarball/inflate.ts';
/** Reads what is being backed up as whoever opens it will, at its own pace. */
export interface Inspector {
    /** Resolves once more can be taken; rejects as soon as what came is not what it should be. */
    take(chunk: Buffer): Promise<void>;
    /** Resolves once all was read and is whole. */
    finish(): Promise<void>;
    /** Lets go of it half-way. */
    stop(): void;
}
/** Inflates what it takes and gives it to `look`, whose error is its own. */
export declare function inspectInflated(compression: Compression, look: (plain: Buffer) => void): Inspector;
