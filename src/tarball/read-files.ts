import type { Readable } from 'node:stream';
import { readTar } from './reader.ts';
import type { TarRules } from './rules.ts';

/** The files of a small tar, by their paths, in memory only. Throws `check-failed` if it is not as `rules` have it. */
export async function readFiles(content: Readable, rules: TarRules): Promise<Map<string, Buffer>> {
  const reader = readTar(rules);
  const files = new Map<string, Buffer[]>();
  let current: Buffer[] = [];
  for await (const chunk of content as AsyncIterable<Buffer>) {
    for (const { entry, data } of reader.push(chunk)) {
      if (entry !== undefined) current = [];
      if (entry?.kind === 'file') files.set(entry.path, current);
      if (data !== undefined) current.push(Buffer.from(data));
    }
  }
  reader.end();
  return new Map([...files].map(([path, pieces]) => [path, Buffer.concat(pieces)]));
}
