import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BackupError } from '../../src/errors.ts';
import type { Store, StoredObject } from '../../src/stores/store.ts';
import { hostilePaths } from './hostile-paths.ts';

/** A store to try, empty, and the way to be rid of it. */
export interface OpenStore extends AsyncDisposable {
  readonly store: Store;
}

/** The promises of the `Store` port, tried on whatever `open` gives. */
export function storeContract(name: string, open: () => Promise<OpenStore>): void {
  describe(`${name} keeps the promises of a store`, () => {
    let opened: OpenStore;
    let store: Store;
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened[Symbol.asyncDispose]());

    const sizes = [0, 1, 65_535, 65_536, 65_537, 5_000_000];
    test.each(sizes)('gives back %i bytes as they were', async (sizeBytes) => {
      const content = randomBytes(sizeBytes);
      await store.put('site/one/object', Readable.from(pieces(content, 70_001)));
      expect(digest(await bytesOf(store, 'site/one/object'))).toBe(digest(content));
      expect(await all(store, 'site')).toEqual([{ path: 'site/one/object', sizeBytes }]);
    });

    test('keeps content that comes in single bytes', async () => {
      const content = randomBytes(3_000);
      await store.put('site/one/object', Readable.from(pieces(content, 1)));
      expect(await bytesOf(store, 'site/one/object')).toEqual(content);
    });

    test('keeps names that are nearly alike apart', async () => {
      const names = ['a', 'a.b', 'a.b.age', 'a-b', 'a_b', '_a', '0', 'a..b', 'x'.repeat(100)];
      for (const each of names) await store.put(`site/${each}`, Readable.from([Buffer.from(each)]));
      for (const each of names) expect((await bytesOf(store, `site/${each}`)).toString()).toBe(each);
      expect((await all(store, 'site')).map((object) => object.path).sort()).toEqual(
        names.map((each) => `site/${each}`).sort(),
      );
    });

    test('lists what is under a folder at any depth, and not what only starts alike', async () => {
      for (const path of ['a/b/c', 'a/b/d/e', 'a/bc', 'ab/c']) await store.put(path, Readable.from([Buffer.from('x')]));
      expect((await all(store, 'a')).map((object) => object.path).sort()).toEqual(['a/b/c', 'a/b/d/e', 'a/bc']);
      expect((await all(store, 'a/b')).map((object) => object.path).sort()).toEqual(['a/b/c', 'a/b/d/e']);
    });

    test('says an absent folder is empty', async () => {
      expect(await all(store, 'nowhere')).toEqual([]);
      expect(await all(store, 'nowhere/at/all')).toEqual([]);
    });

    test('lets a listing be left half-way', async () => {
      for (let index = 0; index < 5; index += 1) await store.put(`site/${index}`, Readable.from([Buffer.from('x')]));
      let seen = 0;
      for await (const _ of store.list('site')) {
        seen += 1;
        if (seen === 2) break;
      }
      expect(await all(store, 'site')).toHaveLength(5);
    });

    test('never replaces an object, nor changes it', async () => {
      await store.put('site/one/object', Readable.from([Buffer.from('first')]));
      const second = Readable.from([Buffer.from('second')]);
      await expect(store.put('site/one/object', second)).rejects.toMatchObject({ code: 'object-exists' });
      expect((await bytesOf(store, 'site/one/object')).toString()).toBe('first');
      expect(second.destroyed).toBe(true);
    });

    test('lets exactly one of several puts of one path win, with its bytes whole', async () => {
      const contents = Array.from({ length: 6 }, () => randomBytes(300_000));
      const puts = contents.map((content) => store.put('site/one/object', Readable.from(pieces(content, 10_000))));
      const outcomes = await Promise.allSettled(puts);
      const winners = contents.filter((_, index) => outcomes[index]?.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'object-exists' });
      }
      expect(digest(await bytesOf(store, 'site/one/object'))).toBe(digest(winners[0] ?? Buffer.alloc(0)));
      expect(await all(store, 'site')).toHaveLength(1);
    });

    test.each([0, 1, 65_536, 1_000_000])('keeps nothing of content that fails after %i bytes', async (sizeBytes) => {
      const trouble = new BackupError('dump-failed', 'the dump ended badly');
      const failing = async function* (): AsyncGenerator<Buffer> {
        if (sizeBytes > 0) yield randomBytes(sizeBytes);
        throw trouble;
      };
      await expect(store.put('site/one/object', Readable.from(failing()))).rejects.toBe(trouble);
      await expectNothingKept(store);
    });

    test('keeps nothing of content that had failed before it was given', async () => {
      const content = new PassThrough();
      const trouble = new BackupError('dump-failed', 'the dump ended badly');
      const failed = once(content, 'error');
      content.destroy(trouble);
      expect(await failed).toEqual([trouble]);
      await expect(store.put('site/one/object', content)).rejects.toBe(trouble);
      await expectNothingKept(store);
    });

    test.each([0, 200_000])('keeps nothing of content closed after %i bytes without an end', async (sizeBytes) => {
      const content = new PassThrough();
      const put = store.put('site/one/object', content);
      if (sizeBytes > 0) content.write(randomBytes(sizeBytes), () => content.destroy());
      else content.destroy();
      await expect(put).rejects.toMatchObject({ code: 'store-failed' });
      await expectNothingKept(store);
    });

    test('keeps nothing of a put that is cancelled half-way', async () => {
      const cancel = new AbortController();
      const content = new PassThrough();
      const put = store.put('site/one/object', content, { signal: cancel.signal });
      content.write(randomBytes(200_000), () => cancel.abort());
      await expect(put).rejects.toMatchObject({ code: 'cancelled' });
      expect(content.destroyed).toBe(true);
      await expectNothingKept(store);
    });

    test('does nothing for a call that was cancelled before it began', async () => {
      const signal = AbortSignal.abort();
      const content = Readable.from([Buffer.from('x')]);
      await expect(store.put('site/one/object', content, { signal })).rejects.toMatchObject({ code: 'cancelled' });
      await expect(store.get('site/one/object', { signal })).rejects.toMatchObject({ code: 'cancelled' });
      await expectNothingKept(store);
    });

    test('ends a reading that is cancelled half-way with an error', async () => {
      await store.put('site/one/object', Readable.from([randomBytes(5_000_000)]));
      const cancel = new AbortController();
      const content = await store.get('site/one/object', { signal: cancel.signal });
      const reading = async (): Promise<void> => {
        for await (const _ of content) cancel.abort();
      };
      await expect(reading()).rejects.toMatchObject({ code: 'cancelled' });
    });

    test('says that an object is missing before any byte', async () => {
      await store.put('site/one/object', Readable.from([Buffer.from('x')]));
      for (const path of ['site/one/other', 'site/one', 'site', 'other/one/object', 'site/one/object/deeper']) {
        await expect(store.get(path)).rejects.toMatchObject({ code: 'object-missing' });
      }
    });

    test('removes an object and nothing else, and what is absent without complaint', async () => {
      await store.put('site/one/object', Readable.from([Buffer.from('x')]));
      await store.put('site/one/other', Readable.from([Buffer.from('y')]));
      for (const path of ['site', 'site/one', 'site/one/none', 'none/at/all', 'site/one/object/deeper']) {
        await store.remove(path);
      }
      expect(await all(store, 'site')).toHaveLength(2);
      await store.remove('site/one/object');
      await store.remove('site/one/object');
      expect(await all(store, 'site')).toEqual([{ path: 'site/one/other', sizeBytes: 1 }]);
      await store.put('site/one/object', Readable.from([Buffer.from('again')]));
      expect((await bytesOf(store, 'site/one/object')).toString()).toBe('again');
    });

    test.each(hostilePaths)('refuses %j as a path', async (path) => {
      const refused = { code: 'input-invalid', message: expect.stringMatching(/^[\x20-\x7e…]+$/) };
      await expect(store.put(path, Readable.from([Buffer.from('x')]))).rejects.toMatchObject(refused);
      await expect(store.get(path)).rejects.toMatchObject(refused);
      await expect(store.remove(path)).rejects.toMatchObject(refused);
      await expect(all(store, path)).rejects.toMatchObject(refused);
      await expectNothingKept(store);
    });
  });
}

/** All a listing gives. */
export async function all(store: Store, folder: string): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  for await (const object of store.list(folder)) found.push(object);
  return found;
}

/** The whole of an object. */
export async function bytesOf(store: Store, path: string): Promise<Buffer> {
  return await buffer(await store.get(path));
}

async function expectNothingKept(store: Store): Promise<void> {
  expect(await all(store, 'site')).toEqual([]);
  await expect(store.get('site/one/object')).rejects.toMatchObject({ code: 'object-missing' });
}

function* pieces(content: Buffer, sizeBytes: number): Generator<Buffer> {
  for (let at = 0; at < content.length; at += sizeBytes) yield content.subarray(at, at + sizeBytes);
}

/** SHA-256, in hex. */
export function digest(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
