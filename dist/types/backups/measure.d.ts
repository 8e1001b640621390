import { Transform } from 'node:stream';
/** What identifies the bytes of an object: their number, and their SHA-256 in lower-case hex. */
export interface Measure {
    readonly sizeBytes: number;
    readonly sha256: string;
}
/** A stream that lets bytes through unchanged and measures them; `onEnd` gets the measure before the end is passed on, and an error it throws is the stream's. */
export declare function measuring(onEnd: (measure: Measure) => void): Transform;
