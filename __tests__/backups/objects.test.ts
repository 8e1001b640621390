import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rename, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { objectPath } from '../../src/backups/layout.ts';
import { digestOf } from '../../src/backups/manifest.ts';
import { checkObject, putObject, readObject } from '../../src/backups/objects.ts';
import { BackupError } from '../../src/errors.ts';
import type { Store } from '../../src/stores/store.ts';
import { all, bytesOf } from '../contracts/store.ts';
import { idAt, newStore, putText, site } from './sample.ts';

const run = promisify(execFile);
const backup = { site, id: idAt('2026-11-22T03:15:00Z') };
const content = randomBytes(1_000_003);

describe('an object of a backup', () => {
  let opened: Awaited<ReturnType<typeof newStore>>;
  let store: Store;
  const fileOf = (name: string): string => join(opened.root, objectPath(backup, name));
  beforeEach(async () => {
    opened = await newStore();
    store = opened.store;
  });
  afterEach(() => opened[Symbol.asyncDispose]());

  test('is kept as it came, and measured', async () => {
    const measure = await putObject(store, backup, 'clinical.dump.age', piecesOf(content));
    expect(measure).toEqual({ sizeBytes: content.length, sha256: digestOf(content) });
    expect(await bytesOf(store, objectPath(backup, 'clinical.dump.age'))).toEqual(content);
    await checkObject(store, backup, 'clinical.dump.age', measure);
    expect(await buffer(await readObject(store, backup, 'clinical.dump.age', measure))).toEqual(content);
  });

  test('that never ends is cut off as soon as it is longer than it was', async () => {
    const measure = await putObject(store, backup, 'x', piecesOf(content));
    let given = 0;
    const endless: Store = {
      ...store,
      get: async () =>
        Readable.from(
          (function* () {
            for (;;) {
              given += 100_000;
              yield Buffer.alloc(100_000);
            }
          })(),
        ),
    };
    await expect(buffer(await readObject(endless, backup, 'x', measure))).rejects.toMatchObject({
      code: 'object-damaged',
    });
    expect(given).toBeLessThan(content.length + 5_000_000);
  });

  test('may be empty', async () => {
    const measure = await putObject(store, backup, 'empty', Readable.from([]));
    expect(measure).toEqual({ sizeBytes: 0, sha256: digestOf(Buffer.alloc(0)) });
    await checkObject(store, backup, 'empty', measure);
  });

  test.each([0, 1, 500_000, content.length])('is not kept if its content fails after %i bytes', async (at) => {
    const trouble = new BackupError('dump-failed', 'the dump ended badly');
    const failing = async function* (): AsyncGenerator<Buffer> {
      if (at > 0) yield content.subarray(0, at);
      throw trouble;
    };
    await expect(putObject(store, backup, 'x', Readable.from(failing()))).rejects.toBe(trouble);
    expect(await all(store, site)).toEqual([]);
  });

  test('is not kept if its content closes without an end', async () => {
    const open = new PassThrough();
    const put = putObject(store, backup, 'x', open);
    open.write(content, () => open.destroy());
    await expect(put).rejects.toMatchObject({ code: 'store-failed' });
    expect(await all(store, site)).toEqual([]);
  });

  test('stops its content when the store refuses it or the call is cancelled', async () => {
    await putText(store, objectPath(backup, 'x'), 'first');
    const second = new PassThrough();
    await expect(putObject(store, backup, 'x', second)).rejects.toMatchObject({ code: 'object-exists' });
    expect(second.destroyed).toBe(true);

    const cancel = new AbortController();
    const third = new PassThrough();
    const put = putObject(store, backup, 'y', third, { signal: cancel.signal });
    third.write(content, () => cancel.abort());
    await expect(put).rejects.toMatchObject({ code: 'cancelled' });
    expect(third.destroyed).toBe(true);
    expect(await all(store, site)).toHaveLength(1);
  });

  test.each([0, 1, 65_535, 500_000, content.length - 1])('is damaged if its byte %i turned', async (at) => {
    const measure = await putObject(store, backup, 'x', piecesOf(content));
    const turned = (content[at] ?? 0) ^ 1;
    const octal = turned.toString(8).padStart(3, '0');
    const dd = `printf '\\${octal}' | dd of="$1" bs=1 seek=${at} conv=notrunc status=none`;
    await run('sh', ['-c', dd, 'sh', fileOf('x')]);
    expect((await bytesOf(store, objectPath(backup, 'x'))).length).toBe(content.length);
    await expect(checkObject(store, backup, 'x', measure)).rejects.toMatchObject({ code: 'object-damaged' });
    await expect(buffer(await readObject(store, backup, 'x', measure))).rejects.toMatchObject({
      code: 'object-damaged',
    });
  });

  test.each([0, 1, 999_999, content.length - 1, content.length + 1])('is damaged at %i bytes', async (sizeBytes) => {
    const measure = await putObject(store, backup, 'x', piecesOf(content));
    await truncate(fileOf('x'), sizeBytes);
    await expect(checkObject(store, backup, 'x', measure)).rejects.toMatchObject({
      code: 'object-damaged',
      message: expect.stringContaining(`${sizeBytes} bytes, not ${content.length}`),
    });
  });

  test('is damaged if it is another one under its name, of the same size', async () => {
    const clinical = await putObject(store, backup, 'clinical', piecesOf(content));
    const genomic = await putObject(store, backup, 'genomic', piecesOf(randomBytes(content.length)));
    await rename(fileOf('clinical'), fileOf('spare'));
    await rename(fileOf('genomic'), fileOf('clinical'));
    await rename(fileOf('spare'), fileOf('genomic'));
    await expect(checkObject(store, backup, 'clinical', clinical)).rejects.toMatchObject({ code: 'object-damaged' });
    await expect(checkObject(store, backup, 'genomic', genomic)).rejects.toMatchObject({ code: 'object-damaged' });
  });

  test('is missing before any byte', async () => {
    const measure = { sizeBytes: 1, sha256: digestOf(Buffer.from('x')) };
    await expect(readObject(store, backup, 'x', measure)).rejects.toMatchObject({ code: 'object-missing' });
    await expect(checkObject(store, backup, 'x', measure)).rejects.toMatchObject({ code: 'object-missing' });
  });

  test('ends its reading with an error when that is cancelled', async () => {
    const measure = await putObject(store, backup, 'x', piecesOf(content));
    const cancel = new AbortController();
    const reading = await readObject(store, backup, 'x', measure, { signal: cancel.signal });
    const all = async (): Promise<void> => {
      for await (const _ of reading) cancel.abort();
    };
    await expect(all()).rejects.toMatchObject({ code: 'cancelled' });
  });
});

function piecesOf(bytes: Buffer): Readable {
  const cut = function* (): Generator<Buffer> {
    for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
  };
  return Readable.from(cut());
}
