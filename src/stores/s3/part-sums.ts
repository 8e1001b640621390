import { createHash } from 'node:crypto';
import type { Measure } from '../store.ts';

/** Of which an upload may have 10,000: objects of up to 78 GiB. Larger ones would be held in memory. */
export const partBytes = 8 * 1024 * 1024;

/** What a put of this process handed over, and the checksum that the service must have made of it. */
export interface Handed extends Measure {
  readonly checksum: string;
}

/**
 * The checksum that S3 makes of an upload in parts of `partBytes`, and what it is as a whole: of one part that part's SHA-256,
 * of several the SHA-256 of theirs, and their number.
 */
export function partSums() {
  const whole = createHash('sha256');
  const parts: Buffer[] = [];
  let part = createHash('sha256');
  let inPart = 0;
  let sizeBytes = 0;
  return {
    add(chunk: Uint8Array): void {
      whole.update(chunk);
      sizeBytes += chunk.length;
      for (let at = 0; at < chunk.length; ) {
        // A part ends only when more comes: the last may be full.
        if (inPart === partBytes) {
          parts.push(part.digest());
          part = createHash('sha256');
          inPart = 0;
        }
        const some = chunk.subarray(at, at + partBytes - inPart);
        part.update(some);
        inPart += some.length;
        at += some.length;
      }
    },
    end(): Handed {
      const last = part.digest();
      const all = Buffer.concat([...parts, last]);
      const checksum =
        parts.length === 0
          ? last.toString('base64')
          : `${createHash('sha256').update(all).digest('base64')}-${parts.length + 1}`;
      return { sizeBytes, sha256: whole.digest('hex'), checksum };
    },
  };
}
