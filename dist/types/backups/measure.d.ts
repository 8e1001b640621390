import { Transform } from 'node:stream';
import type { Measure } from '../stores/store.ts';
/**
 * A stream that lets bytes through unchanged and measures them; `onEnd` gets the measure before the end is passed on, or as
 * soon as there are more than `mostBytes`, and an error it throws is the stream's.
 */
export declare function measuring(onEnd: (measure: Measure) => void, mostBytes?: number): Transform;
