import { Transform } from 'node:stream';
import { readTar } from './reader.ts';
import type { TarRules } from './rules.ts';

/**
 * Lets the bytes of a tar through as they are, and errors with `check-failed` before a header that is not as `rules`
 * have it: links, devices, pipes, paths that lead elsewhere, setuid, more or larger than allowed, anything that two
 * programs might read in two ways. Ends only after the tar's own end.
 */
export function checkedTar(rules: TarRules): Transform {
  const reader = readTar(rules);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        for (const { raw } of reader.push(chunk)) this.push(raw);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
    flush(done) {
      try {
        reader.end();
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
}
