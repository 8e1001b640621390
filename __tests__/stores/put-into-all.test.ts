import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BackupError } from '../../src/errors.ts';
import { openDirectory } from '../../src/stores/directory.ts';
import { putIntoAll } from '../../src/stores/put-into-all.ts';
import type { Store } from '../../src/stores/store.ts';
import { unreachable } from '../../src/stores/unreachable.ts';
import { all, bytesOf, digest } from '../contracts/store.ts';

const path = 'site/one/object';
const content = randomBytes(3_000_000);
let folders: string[];
let stores: Store[];

beforeEach(async () => {
  folders = await Promise.all([1, 2, 3].map(() => mkdtemp(join(tmpdir(), 'candig-backup-all-'))));
  stores = await Promise.all(folders.map((folder) => openDirectory(folder)));
});
afterEach(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

function* pieces(): Generator<Buffer> {
  for (let at = 0; at < content.length; at += 65_552) yield content.subarray(at, at + 65_552);
}
const statuses = (outcomes: readonly PromiseSettledResult<void>[]) => outcomes.map(({ status }) => status);

/** A store that takes some bytes and then fails, without a word to whoever feeds it or by ending it. */
const failing = (after: number): Store => ({
  ...unreachable('a store that fails', new Error('never asked')),
  put: async (_path, bytes) => {
    let sizeBytes = 0;
    for await (const chunk of bytes as AsyncIterable<Uint8Array>) {
      sizeBytes += chunk.length;
      if (sizeBytes >= after) throw new BackupError('store-failed', 'the disk is on fire');
    }
  },
});

test('each store has all of it, from one reading', async () => {
  let read = 0;
  const once = Readable.from(
    (function* () {
      for (const piece of pieces()) {
        read += piece.length;
        yield piece;
      }
    })(),
  );
  expect(statuses(await putIntoAll(stores, path, once))).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
  expect(read).toBe(content.length);
  for (const store of stores) expect(digest(await bytesOf(store, path))).toBe(digest(content));
});

test.each([0, 1, 1_000_000, 2_999_999])('one that fails after %i bytes takes no other along', async (after) => {
  const [first, , third] = stores as [Store, Store, Store];
  const outcomes = await putIntoAll([first, failing(after), third], path, Readable.from(pieces()));
  expect(statuses(outcomes)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  for (const store of [first, third]) expect(digest(await bytesOf(store, path))).toBe(digest(content));
});

test('when every one fails, all of them say why, and the content is let go', async () => {
  const bytes = Readable.from(pieces());
  expect(statuses(await putIntoAll([failing(100_000), failing(200_000)], path, bytes))).toEqual([
    'rejected',
    'rejected',
  ]);
  expect(bytes.destroyed).toBe(true);
});

test.each([0, 1, 500_000])('content that fails after %i bytes is kept by none', async (after) => {
  const trouble = new BackupError('dump-failed', 'the dump ended badly');
  const bad = async function* (): AsyncGenerator<Buffer> {
    if (after > 0) yield content.subarray(0, after);
    throw trouble;
  };
  const outcomes = await putIntoAll(stores, path, Readable.from(bad()));
  expect(outcomes.map((it) => it.status === 'rejected' && it.reason)).toEqual([trouble, trouble, trouble]);
  for (const store of stores) expect(await all(store, 'site')).toEqual([]);
});

test('content that is closed without an end is kept by none', async () => {
  const bytes = new PassThrough();
  const put = putIntoAll(stores, path, bytes);
  bytes.write(content.subarray(0, 100_000), () => bytes.destroy());
  expect(statuses(await put)).toEqual(['rejected', 'rejected', 'rejected']);
  for (const store of stores) expect(await all(store, 'site')).toEqual([]);
});

test('it goes at the pace of the slowest', async () => {
  const taking = Promise.withResolvers<void>();
  let read = 0;
  const bytes = Readable.from(
    (function* () {
      for (const piece of pieces()) {
        read += piece.length;
        yield piece;
      }
    })(),
    { objectMode: false },
  );
  const slow: Store = {
    ...unreachable('a slow store', new Error('never asked')),
    put: async (_path, given) => {
      await taking.promise;
      for await (const _ of given);
    },
  };
  const put = putIntoAll([stores[0] as Store, slow], path, bytes);
  await expect.poll(() => read).toBeGreaterThan(0);
  // What fits between them, and no more, whoever else could take it.
  expect(read).toBeLessThan(500_000);
  taking.resolve();
  expect(statuses(await put)).toEqual(['fulfilled', 'fulfilled']);
  expect(read).toBe(content.length);
});
