import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { link, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDirectory } from '../../src/stores/directory.ts';
import type { Store } from '../../src/stores/store.ts';
import { all, bytesOf, storeContract } from '../contracts/store.ts';

const run = promisify(execFile);

storeContract('a directory', async () => {
  const root = await newFolder();
  return {
    store: await openDirectory(root),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true }),
  };
});

describe('a directory store', () => {
  let root: string;
  let store: Store;
  beforeEach(async () => {
    root = await newFolder();
    store = await openDirectory(root);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  test('is named as it is given', () => {
    expect(store.name).toBe(`directory:${root}`);
  });

  test('lets nobody but its owner in', async () => {
    await store.put('site/one/object', text('x'));
    expect((await stat(join(root, 'site/one/object'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(root, 'site/one'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(root, 'site'))).mode & 0o777).toBe(0o700);
  });

  test('leaves no half-written file behind, whatever the ending', async () => {
    await store.put('site/one/object', text('x'));
    await expect(store.put('site/one/object', text('y'))).rejects.toMatchObject({ code: 'object-exists' });
    const failing = Readable.from(
      (async function* () {
        yield randomBytes(100_000);
        throw new Error('cut');
      })(),
    );
    await expect(store.put('site/one/other', failing)).rejects.toThrow('cut');
    expect(await readdir(join(root, 'site/one'))).toEqual(['object']);
  });

  test('refuses a taken path before it reads any content', async () => {
    await store.put('site/one/object', text('x'));
    let pulled = 0;
    const content = new Readable({
      read() {
        pulled += 1;
        this.push(null);
      },
    });
    await expect(store.put('site/one/object', content)).rejects.toMatchObject({ code: 'object-exists' });
    expect(pulled).toBe(0);
  });

  test('refuses a path that somebody took while the content came', async () => {
    const content = Readable.from(
      (async function* () {
        yield Buffer.from('ours');
        await writeFile(join(root, 'site/one/object'), 'theirs');
        yield Buffer.from('ours');
      })(),
    );
    await expect(store.put('site/one/object', content)).rejects.toMatchObject({ code: 'object-exists' });
    expect((await bytesOf(store, 'site/one/object')).toString()).toBe('theirs');
    expect(await readdir(join(root, 'site/one'))).toEqual(['object']);
  });

  test('takes a folder, a link, even a broken one, in the place of an object for taken', async () => {
    await mkdir(join(root, 'site/folder'), { recursive: true });
    await symlink('/etc/passwd', join(root, 'site/link'));
    await symlink('/nowhere', join(root, 'site/broken'));
    for (const name of ['folder', 'link', 'broken']) {
      await expect(store.put(`site/${name}`, text('x'))).rejects.toMatchObject({ code: 'object-exists' });
    }
  });

  test('neither lists, reads, nor removes through a link', async () => {
    const elsewhere = await newFolder();
    try {
      await writeFile(join(elsewhere, 'object'), 'secret');
      await mkdir(join(root, 'site/one'), { recursive: true });
      await symlink(join(elsewhere, 'object'), join(root, 'site/one/object'));
      await symlink(elsewhere, join(root, 'site/two'));
      expect(await all(store, 'site')).toEqual([]);
      await expect(store.get('site/one/object')).rejects.toMatchObject({ code: 'store-failed' });
      await expect(store.get('site/two/object')).rejects.toMatchObject({ code: 'store-failed' });
      await expect(store.remove('site/two/object')).rejects.toMatchObject({ code: 'store-failed' });
      await expect(all(store, 'site/two')).rejects.toMatchObject({ code: 'store-failed' });
      await store.remove('site/one/object');
      expect(await readdir(elsewhere)).toEqual(['object']);
    } finally {
      await rm(elsewhere, { recursive: true });
    }
  });

  test('writes nothing through a link planted in the place of a folder', async () => {
    const elsewhere = await newFolder();
    try {
      await symlink(elsewhere, join(root, 'site'));
      await expect(store.put('site/one/object', text('x'))).rejects.toMatchObject({ code: 'store-failed' });
      expect(await readdir(elsewhere)).toEqual([]);
    } finally {
      await rm(elsewhere, { recursive: true });
    }
  });

  test('passes over half-written, hidden and foreign things in a listing', async () => {
    await store.put('site/one/object', text('x'));
    await writeFile(join(root, 'site/one/.part-0123456789abcdef'), 'half');
    await writeFile(join(root, 'site/one/a name with spaces'), 'foreign');
    await mkdir(join(root, 'site/lost+found'));
    await writeFile(join(root, 'site/lost+found/x'), 'foreign');
    await run('mkfifo', [join(root, 'site/one/pipe')]);
    expect(await all(store, 'site')).toEqual([{ path: 'site/one/object', sizeBytes: 1 }]);
  });

  test('does not wait for ever on a named pipe in the place of an object', async () => {
    await mkdir(join(root, 'site'));
    await run('mkfifo', [join(root, 'site/pipe')]);
    await expect(store.get('site/pipe')).rejects.toMatchObject({ code: 'object-missing' });
  });

  test('lists thousands of objects', async () => {
    await mkdir(join(root, 'site/many'), { recursive: true });
    await writeFile(join(root, 'site/many/0'), 'x');
    for (let index = 1; index < 3_000; index += 1) {
      await link(join(root, 'site/many/0'), join(root, `site/many/${index}`));
    }
    expect(await all(store, 'site')).toHaveLength(3_000);
  });

  test('says so when a file stands where a folder is needed', async () => {
    await store.put('site/one', text('x'));
    await expect(store.put('site/one/object', text('y'))).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringContaining('is not a folder'),
    });
  });

  test('says so when a name is too long for the file system', async () => {
    await expect(store.put(`site/${'x'.repeat(300)}`, text('y'))).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringContaining('too long'),
    });
  });

  test('says so when the folder has vanished, and does not make it anew', async () => {
    await rm(root, { recursive: true });
    await expect(store.put('site/one/object', text('x'))).rejects.toMatchObject({ code: 'store-failed' });
    await expect(stat(root)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('refuses a root that is relative, absent, a file, or goes upwards', async () => {
    await writeFile(join(root, 'file'), 'x');
    for (const bad of ['', '.', 'backups', './x', '-rf', '~/x', `${root}/../x`, `${root}\n`, `${root}\0`]) {
      await expect(openDirectory(bad)).rejects.toMatchObject({ code: 'input-invalid' });
    }
    for (const bad of [join(root, 'absent'), join(root, 'file'), join(root, 'file/x')]) {
      await expect(openDirectory(bad)).rejects.toMatchObject({ code: 'store-failed' });
    }
  });

  test('works under a root with spaces, accents and quotes in its path', async () => {
    const odd = join(root, `a b 'c' "d" é -rf $(id)`);
    await mkdir(odd);
    const inside = await openDirectory(odd);
    await inside.put('site/one/object', text('x'));
    expect(await all(inside, 'site')).toEqual([{ path: 'site/one/object', sizeBytes: 1 }]);
  });

  test('stays with the folder its root led to, though the link be turned', async () => {
    const elsewhere = await newFolder();
    try {
      await mkdir(join(root, 'real'));
      await symlink(join(root, 'real'), join(root, 'link'));
      const linked = await openDirectory(join(root, 'link'));
      await rm(join(root, 'link'));
      await symlink(elsewhere, join(root, 'link'));
      await linked.put('site/one/object', text('x'));
      expect(await readdir(elsewhere)).toEqual([]);
      expect(await readdir(join(root, 'real'))).toEqual(['site']);
    } finally {
      await rm(elsewhere, { recursive: true });
    }
  });
});

function text(content: string): Readable {
  return Readable.from([Buffer.from(content)]);
}

async function newFolder(): Promise<string> {
  return await mkdtemp(join(tmpdir(), 'candig-backup-store-'));
}
