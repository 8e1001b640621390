import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import type { Measure } from '../stores/store.ts';

/**
 * A stream that lets bytes through unchanged and measures them; `onEnd` gets the measure before the end is passed on, or as
 * soon as there are more than `mostBytes`, and an error it throws is the stream's.
 */
export function measuring(onEnd: (measure: Measure) => void, mostBytes: number = Number.POSITIVE_INFINITY): Transform {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const judge = (): Error | undefined => {
    try {
      onEnd({ sizeBytes, sha256: hash.copy().digest('hex') });
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error('a measure was refused', { cause: error });
    }
  };
  return new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      const trouble = sizeBytes > mostBytes ? judge() : undefined;
      if (trouble === undefined) done(null, chunk);
      else done(trouble);
    },
    flush(done) {
      done(judge());
    },
  });
}
