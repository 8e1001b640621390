import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDirectory } from '../../src/stores/directory.ts';
import type { Store } from '../../src/stores/store.ts';
import { all } from '../contracts/store.ts';

const run = promisify(execFile);

describe('a directory store on a small disk of its own', () => {
  let root: string;
  let store: Store;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'candig-backup-full-'));
    await run('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', root]);
    store = await openDirectory(root);
  });
  afterEach(async () => {
    await run('umount', [root]);
    await rmdir(root);
  });

  test('says that the disk is read-only, and still lists', async () => {
    await store.put('site/one/object', Readable.from([Buffer.from('x')]));
    await run('mount', ['-o', 'remount,ro', root]);
    await expect(store.put('site/one/other', Readable.from([Buffer.from('y')]))).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringContaining('read-only'),
    });
    await expect(store.remove('site/one/object')).rejects.toMatchObject({ code: 'store-failed' });
    expect(await all(store, 'site')).toHaveLength(1);
  });

  test.each([0, 1, 100, 4_000])('says that it is full, %i KiB before its end, and is as it was', async (spareKb) => {
    await store.put('site/one/first', Readable.from([randomBytes((8_000 - spareKb) * 1024)]));
    const more = Readable.from([randomBytes(5_000 * 1024), randomBytes(5_000 * 1024)]);
    await expect(store.put('site/one/second', more)).rejects.toMatchObject({ code: 'disk-full' });
    expect(await readdir(join(root, 'site/one'))).toEqual(['first']);
    expect((await all(store, 'site')).map((object) => object.path)).toEqual(['site/one/first']);
    await store.remove('site/one/first');
    await store.put('site/one/second', Readable.from([randomBytes(5_000 * 1024)]));
  });
});
