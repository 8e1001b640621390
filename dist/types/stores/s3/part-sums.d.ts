import type { Measure } from '../store.ts';
/** Of which an upload may have 10,000: objects of up to 78 GiB. Larger ones would be held in memory. */
export declare const partBytes: number;
/** What a put of this process handed over, and the checksum that the service must have made of it. */
export interface Handed extends Measure {
    readonly checksum: string;
}
/**
 * The checksum that S3 makes of an upload in parts of `partBytes`, and what it is as a whole: of one part that part's SHA-256,
 * of several the SHA-256 of theirs, and their number.
 */
export declare function partSums(): {
    add(chunk: Uint8Array): void;
    end(): Handed;
};
