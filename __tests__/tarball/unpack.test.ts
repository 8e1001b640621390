import { spawn } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compressions } from '../../src/tarball/inflate.ts';
import { type UnpackRules, unpackTar } from '../../src/tarball/unpack.ts';
import { until } from '../stack/until.ts';
import { file, header, tarOf } from './make-tar.ts';

const rules: UnpackRules = { maxEntries: 1000, maxBytes: 1e9, isAllowed: () => true, compression: null };
const compress = { zstd: zstdCompressSync, gzip: gzipSync };

let folder: string;
let target: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'candig-backup-unpack-'));
  target = join(folder, 'out');
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

const unpack = async (tar: Buffer, its: Partial<UnpackRules> = {}) =>
  await unpackTar(Readable.from([tar]), target, { ...rules, ...its });

/** That it was refused, and nothing was left. */
async function refused(tar: Buffer, its: Partial<UnpackRules> = {}): Promise<void> {
  await expect(unpack(tar, its)).rejects.toMatchObject({ code: 'check-failed' });
  expect(await readdir(folder)).toEqual([]);
}

const good = tarOf(
  header({ path: 'logs/', type: '5', mode: '0000777\0' }),
  file('logs/a', 'a'.repeat(1000), { mode: '0000666\0' }),
  file('logs/deep/er/b', ''),
  file('c\nd', 'c'),
);

describe('a good tar', () => {
  test.each([null, ...compressions])('compressed by %s is written, for its owner only', async (compression) => {
    const bytes = compression === null ? good : compress[compression](good);
    expect(await unpack(bytes, { compression })).toEqual({ files: 3, bytes: 1001 });
    expect(await readFile(join(target, 'logs/a'), 'utf8')).toBe('a'.repeat(1000));
    expect(await readFile(join(target, 'logs/deep/er/b'), 'utf8')).toBe('');
    expect(await readFile(join(target, 'c\nd'), 'utf8')).toBe('c');
    for (const path of ['', 'logs', 'logs/deep/er']) {
      expect(((await stat(join(target, path))).mode & 0o7777).toString(8)).toBe('700');
    }
    const about = await stat(join(target, 'logs/a'));
    expect((about.mode & 0o7777).toString(8)).toBe('600');
    expect(about.mtime).toEqual(new Date(0o14675260000 * 1000));
    expect(await readdir(folder)).toEqual(['out']);
  });

  test('replaces nothing: no folder, no file, no link', async () => {
    const occupants = [
      async () => await mkdir(target),
      async () => await writeFile(target, 'mine'),
      async () => await symlink('/nowhere', target),
    ];
    for (const occupy of occupants) {
      await occupy();
      const before = await lstat(target);
      await expect(unpack(good)).rejects.toMatchObject({ code: 'object-exists' });
      expect((await lstat(target)).ino).toBe(before.ino);
      expect(await readdir(folder)).toEqual(['out']);
      await rm(target, { recursive: true });
    }
  });

  test('replaces no folder either that came while it was being unpacked', async () => {
    const input = (async function* () {
      yield good;
      await mkdir(target);
      await writeFile(join(target, 'mine'), 'mine');
    })();
    await expect(unpackTar(Readable.from(input), target, rules)).rejects.toMatchObject({ code: 'object-exists' });
    expect(await readdir(folder, { recursive: true })).toEqual(['out', 'out/mine']);
  });
});

describe('nothing is left of a tar', () => {
  test('with a link, then a file through it', async () => {
    await refused(tarOf(file('a', 'a'), header({ path: 'x', type: '2', link: folder }), file('x/evil', 'evil')));
  });

  test.each([
    ['a path twice', tarOf(file('a', '1'), file('a', '2'))],
    ['a file where a folder is', tarOf(file('a/b', '1'), file('a', '2'))],
    ['a folder where a file is', tarOf(file('a', '1'), file('a/b', '2'))],
    ['a path twice, spelt in two ways', tarOf(file('a', '1'), file('./a', '2'))],
  ])('with %s', async (_what, tar) => await refused(tar));

  test('with more folders than entries are allowed', async () => {
    const deep = tarOf(file(Array(40).fill('d').join('/'), 'x'));
    await refused(deep, { maxEntries: 10 });
  });

  test.each(compressions)('compressed by %s that was cut anywhere, or is damaged', async (compression) => {
    const whole = compress[compression](tarOf(file('a', 'abc'.repeat(1000))));
    for (let length = 0; length < whole.length; length += 1) {
      await refused(whole.subarray(0, length), { compression });
    }
    await refused(Buffer.alloc(1000, 7), { compression });
    await refused(good, { compression });
  });

  test.each(compressions)('compressed by %s with something behind it', async (compression) => {
    const whole = compress[compression](good);
    for (const more of [Buffer.from('junk'), whole, Buffer.alloc(3_000_000, 'x')]) {
      await refused(Buffer.concat([whole, more]), { compression });
    }
  });

  test.each(compressions)('compressed by %s that grows out of all proportion', async (compression) => {
    const bomb = compress[compression](tarOf(file('zeros', '\0'.repeat(200_000_000))));
    expect(bomb.length).toBeLessThan(1_000_000);
    await refused(bomb, { compression, maxRatio: 500 });
    await refused(bomb, { compression, maxBytes: 100_000_000, maxRatio: Number.POSITIVE_INFINITY });
    // What the evidence says was in it may grow as far as that.
    const whole = { compression, maxRatio: Number.POSITIVE_INFINITY } as const;
    expect(await unpack(bomb, whole)).toEqual({ files: 1, bytes: 200_000_000 });
  });

  test('whose reading fails or is cancelled half-way', async () => {
    const failing = (async function* () {
      yield good.subarray(0, 1500);
      throw new Error('the store is gone');
    })();
    await expect(unpackTar(Readable.from(failing), target, rules)).rejects.toThrow('the store is gone');
    const cancel = new AbortController();
    const stalled = new Readable({ read() {} });
    stalled.push(good.subarray(0, 1500));
    const unpacking = unpackTar(stalled, target, rules, { signal: cancel.signal });
    await until('it has begun', async () => (await readdir(folder)).length > 0);
    cancel.abort();
    await expect(unpacking).rejects.toMatchObject({ code: 'cancelled' });
    expect(await readdir(folder)).toEqual([]);
  });
});

test('a process that is killed half-way leaves no folder that could be taken for the whole', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'unpack-child.ts'), target], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  child.stdin.write(good.subarray(0, 2500));
  await until('it has begun', async () => (await readdir(folder)).length > 0);
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('close', resolve));
  const left = await readdir(folder);
  expect(left).toEqual([expect.stringMatching(/^out\.part-[0-9a-f]{8}$/)]);
  expect(await unpack(good)).toEqual({ files: 3, bytes: 1001 });
});
