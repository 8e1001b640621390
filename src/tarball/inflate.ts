import { Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { refused } from './rules.ts';

export const compressions = ['zstd', 'gzip'] as const;
export type Compression = (typeof compressions)[number];

const outputPieceBytes = 256 * 1024;
/** Below this much nobody is hurt, and a short text of one letter may well shrink ten thousandfold. */
const harmlessBytes = 64 * 1024 * 1024;

export interface InflateLimits {
  /** How many times larger than what came the output may be. */
  readonly maxRatio: number;
}

/**
 * The steps that unpack what was compressed, for a `pipeline`. They error if it is damaged, was cut off or has something
 * behind its end, and as soon as it grows beyond `maxRatio`; `inflateError` makes `check-failed` of every such error.
 */
export function inflating(
  compression: Compression,
  { maxRatio }: InflateLimits,
): [before: Transform, inflate: Transform, after: Transform] {
  let taken = 0;
  let given = 0;
  const options = { chunkSize: outputPieceBytes };
  const inflate = compression === 'zstd' ? createZstdDecompress(options) : createGunzip(options);
  const before = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      taken += chunk.length;
      done(null, chunk);
    },
  });
  const after = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      given += chunk.length;
      if (given > harmlessBytes && given > taken * maxRatio) done(refused(`it grows more than ${maxRatio} times`));
      else done(null, chunk);
    },
    flush(done) {
      // Node's zstd stops at the end of the first frame and swallows the rest without a word.
      const isWhole = inflate.bytesWritten === taken;
      done(isWhole ? null : refused('something follows the end of what was compressed'));
    },
  });
  return [before, inflate, after];
}

/** An error of a pipeline with `inflating` in it, as our own; what is none of zlib's comes back as it was. */
export function inflateError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!/^(Z|ZSTD|ERR_ZLIB|ERR_ZSTD)_/i.test(code)) return error;
  return refused('what was compressed is damaged or cut off', error);
}
