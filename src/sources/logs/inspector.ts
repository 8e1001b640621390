import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Compression, inflateError, inflating } from '../../tarball/inflate.ts';

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
export function inspectInflated(compression: Compression, look: (plain: Buffer) => void): Inspector {
  const input = new PassThrough();
  // Ours and nobody else's: a file that is nothing but zeros may shrink as much as it likes.
  const steps = inflating(compression, { maxRatio: Number.POSITIVE_INFINITY });
  const reading = pipeline(input, ...steps, async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) look(chunk);
  }).catch((error: unknown) => {
    throw inflateError(error);
  });
  reading.catch(() => {});
  return {
    async take(chunk) {
      if (!input.write(chunk)) await Promise.race([once(input, 'drain'), reading]);
    },
    async finish() {
      input.end();
      await reading;
    },
    stop: () => void input.destroy(),
  };
}
