import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { discarding } from '../../src/backups/discard.ts';

test('gives back the memory of every chunk at once, but not of a part of something larger', async () => {
  const shared = new Uint8Array(100).fill(7);
  const chunks = [new Uint8Array(65536), new Uint8Array(1), shared.subarray(10, 20), new Uint8Array(0)];
  await pipeline(Readable.from(chunks), discarding());
  expect(chunks.map(({ length }) => length)).toEqual([0, 0, 10, 0]);
  expect(shared).toEqual(new Uint8Array(100).fill(7));
});
