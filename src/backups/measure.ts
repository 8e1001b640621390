import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import type { Measure } from '../stores/store.ts';

/** A stream that lets bytes through unchanged and measures them; `onEnd` gets the measure before the end is passed on, and an error it throws is the stream's. */
export function measuring(onEnd: (measure: Measure) => void): Transform {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  return new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      done(null, chunk);
    },
    flush(done) {
      try {
        onEnd({ sizeBytes, sha256: hash.digest('hex') });
        done();
      } catch (error) {
        done(error instanceof Error ? error : new Error('a measure was refused', { cause: error }));
      }
    },
  });
}
