import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { create } from 'tar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkedTar } from '../../src/tarball/checked-tar.ts';
import { readTar } from '../../src/tarball/reader.ts';
import type { TarEntry, TarRules } from '../../src/tarball/rules.ts';
import { run } from '../stack/run.ts';
import { file, filled, header, longPath, pax, paxRecord, posixMagic, rawPax, tarOf } from './make-tar.ts';

const rules: TarRules = { maxEntries: 100, maxBytes: 1_000_000, isAllowed: () => true };

/** The bytes let through, and the error that ended them. */
async function passed(tar: Buffer, stepBytes = tar.length, its = rules): Promise<{ bytes: Buffer; error: unknown }> {
  const pieces: Buffer[] = [];
  const steps = [];
  for (let at = 0; at < tar.length; at += stepBytes) steps.push(tar.subarray(at, at + stepBytes));
  const error = await pipeline(Readable.from(steps), checkedTar(its), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) pieces.push(chunk);
  }).catch((reason: unknown) => reason);
  return { bytes: Buffer.concat(pieces), error };
}

function entriesOf(tar: Buffer, its = rules): TarEntry[] {
  const reader = readTar(its);
  const entries = reader.push(tar).flatMap(({ entry }) => (entry === undefined ? [] : [entry]));
  reader.end();
  return entries;
}

const long = `logs/${'a'.repeat(90)}/${'b'.repeat(90)}`;
const good = tarOf(
  header({ path: './', type: '5' }),
  header({ path: 'logs/', type: '5' }),
  file('logs/one.log', 'x'.repeat(1000)),
  Buffer.concat([longPath(long), file(long.slice(0, 99), 'long')]),
  Buffer.concat([pax([['path', `${long}-pax`]]), file(long.slice(0, 99), 'pax', { magic: posixMagic })]),
  file('two words\nand a line', 'y'.repeat(512)),
  file('c', 'z', { prefix: 'a/b', magic: posixMagic }),
  file('old', 'o', { type: '\0' }),
);

describe('a tar that is as it should be', () => {
  test.each([1, 7, 511, 512, 513, 10_000])('comes through as it is, in steps of %d bytes', async (stepBytes) => {
    expect(await passed(good, stepBytes)).toEqual({ bytes: good, error: undefined });
  });

  test('is understood', () => {
    expect(entriesOf(good).map(({ path, kind, sizeBytes }) => [path, kind, sizeBytes])).toEqual([
      ['.', 'folder', 0],
      ['logs', 'folder', 0],
      ['logs/one.log', 'file', 1000],
      [long, 'file', 4],
      [`${long}-pax`, 'file', 3],
      ['two words\nand a line', 'file', 512],
      ['a/b/c', 'file', 1],
      ['old', 'file', 1],
    ]);
  });

  test('may be filled up with zeros, as programs do, and with nothing else', async () => {
    const padded = Buffer.concat([good, Buffer.alloc(9 * 1024)]);
    expect(await passed(padded)).toEqual({ bytes: padded, error: undefined });
    for (const tail of [Buffer.alloc(512, 1), file('x', 'y'), Buffer.alloc(2 * 1024 * 1024), Buffer.alloc(100)]) {
      expect((await passed(Buffer.concat([good, tail]))).error).toMatchObject({ code: 'check-failed' });
    }
  });
});

describe('a tar that a program made', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'candig-backup-tar-'));
    await mkdir(join(folder, 'd', 'n'.repeat(90)), { recursive: true });
    await writeFile(join(folder, 'd', 'a file.log'), 'contents');
    await writeFile(join(folder, 'd', 'n'.repeat(90), 'é\n'), 'x'.repeat(100_000));
    await writeFile(join(folder, 'd', 'empty'), '');
  });
  afterAll(async () => await rm(folder, { recursive: true, force: true }));

  const paths = ['d', `d/${'n'.repeat(90)}`, `d/${'n'.repeat(90)}/é\n`, 'd/a file.log', 'd/empty'];

  test.each(['gnu', 'oldgnu', 'ustar'])('GNU tar in the format %s, is let through', async (format) => {
    const tar = join(folder, `${format}.tar`);
    await run('tar', ['-C', folder, `--format=${format}`, '-cf', tar, 'd']);
    const bytes = await readFile(tar);
    expect(await passed(bytes)).toEqual({ bytes, error: undefined });
    expect(
      entriesOf(bytes)
        .map(({ path }) => path)
        .sort(),
    ).toEqual([...paths].sort());
  });

  test('the tar package, is let through', async () => {
    const tar = join(folder, 'node.tar');
    await create({ cwd: folder, file: tar }, ['d/a file.log', 'd/empty']);
    const bytes = await readFile(tar);
    expect(await passed(bytes)).toEqual({ bytes, error: undefined });
    expect(entriesOf(bytes).map(({ path }) => path)).toEqual(['d/a file.log', 'd/empty']);
  });
});

describe('an entry that could do harm', () => {
  const before = file('good.log', 'good');
  const evil: Readonly<Record<string, Buffer>> = {
    'leads up': file('../evil', 'x'),
    'leads up in its midst': file('logs/../../evil', 'x'),
    'leads up at its end': header({ path: 'logs/..', type: '5' }),
    'is absolute': file('/etc/passwd', 'x'),
    'is absolute after a dot': file('.//etc/passwd', 'x'),
    'has no name': file('', 'x'),
    'is the folder itself, as a file': file('.', 'x'),
    'has a dot for a segment': file('logs/./x', 'x'),
    'is a file with the name of a folder': file('logs/', 'x'),
    'has a very long segment': Buffer.concat([longPath('a'.repeat(256)), file('a', 'x')]),
    'is a symbolic link': header({ path: 'link', type: '2', link: '/etc' }),
    'is a hard link': header({ path: 'link', type: '1', link: 'good.log' }),
    'is a character device': header({ path: 'null', type: '3' }),
    'is a block device': header({ path: 'disk', type: '4' }),
    'is a pipe': header({ path: 'pipe', type: '6' }),
    'is contiguous': file('c', 'x', { type: '7' }),
    'is sparse': header({ path: 's', type: 'S' }),
    'continues another volume': header({ path: 'm', type: 'M' }),
    'is of no known type': file('q', 'x', { type: '!' }),
    'is a file with the name of a link': file('x', 'x', { link: '/etc/passwd' }),
    'is setuid': file('run', 'x', { mode: '0004755\0' }),
    'is setgid': file('run', 'x', { mode: '0002755\0' }),
    'is setuid, as a number of base 256': file('run', 'x', {
      patch: (bytes) => bytes.set([128, 0, 0, 0, 0, 0, 9, 237], 100),
    }),
    'has no mode': file('x', 'x', { mode: 'zzzzzzz\0' }),
    'has a negative size': header({ path: 'x', size: Buffer.alloc(12, 0xff) }),
    'has a size beyond counting': header({
      path: 'x',
      size: Buffer.concat([Buffer.from([0x80]), Buffer.alloc(11, 0xff)]),
    }),
    'has a size in two parts': header({ path: 'x', size: '0000 000001\0' }),
    'has a size that is none': header({ path: 'x', size: '0x000000001\0' }),
    'is a folder with a size': header({ path: 'd/', type: '5', size: 512 }),
    'is of the oldest format': file('x', 'x', { magic: '' }),
    'hides a path behind its end': file('a\0\n/../evil', 'x'),
    'leads up before its end': file('..\0\nfoo', 'x'),
    'has a path where GNU keeps something else': file('x', 'x', { prefix: '../..' }),
    'leads up by its beginning': file('x', 'x', { prefix: '../..', magic: posixMagic }),
    'hides a beginning behind its end': file('x', 'x', { prefix: 'a\0/../..', magic: posixMagic }),
    'leads up by a long path': Buffer.concat([longPath('../evil'), file('x', 'x')]),
    'leads up behind a long path': Buffer.concat([longPath('fine'), file('../evil', 'x')]),
    'hides a path behind the end of a long path': Buffer.concat([
      header({ path: '././@LongLink', type: 'L', size: 12 }),
      filled('fine\0/../x\0\0'),
      file('x', 'x'),
    ]),
    'has two long paths': Buffer.concat([longPath('one'), longPath('two'), file('x', 'x')]),
    'has a long path and another': Buffer.concat([longPath('one'), pax([['path', 'two']]), file('x', 'x')]),
    'has a long path for a link': Buffer.concat([
      header({ path: 'K', type: 'K', size: 5 }),
      filled('/etc\0'),
      file('x', 'x'),
    ]),
    'has a long path and no entry': longPath('one'),
    'has a long path of 4 GB': header({ path: '././@LongLink', type: 'L', size: 4 * 1024 ** 3 }),
    'has a long path of nothing': header({ path: '././@LongLink', type: 'L' }),
    'has attributes of 4 GB': header({ path: 'x', type: 'x', size: 4 * 1024 ** 3, magic: posixMagic }),
    'has attributes for all that follow': header({ path: 'g', type: 'g', size: 512, magic: posixMagic }),
    'leads up by its attributes': Buffer.concat([pax([['path', '../evil']]), file('x', 'x')]),
    'is a link by its attributes': Buffer.concat([pax([['linkpath', '/etc']]), file('x', 'x')]),
    'has another size by its attributes': Buffer.concat([pax([['size', '1024']]), file('x', 'x')]),
    'has no size by its attributes': Buffer.concat([pax([['size', '-1']]), file('x', 'x')]),
    'is sparse by its attributes': Buffer.concat([pax([['GNU.sparse.name', '../evil']]), file('x', 'x')]),
    'has attributes with a line in them': Buffer.concat([pax([['path', '../../evil\nx']]), file('x', 'x')]),
    'has attributes of wrong length': Buffer.concat([rawPax('99 path=../evil\n'), file('x', 'x')]),
    'has attributes with a sign before their length': Buffer.concat([
      rawPax(`+${paxRecord('uid', '1')}`),
      file('x', 'x'),
    ]),
    'has attributes with a NUL': Buffer.concat([pax([['path', 'fine\0/../evil']]), file('x', 'x')]),
    'has an attribute twice': Buffer.concat([
      rawPax(paxRecord('path', 'a') + paxRecord('path', '../b')),
      file('x', 'x'),
    ]),
    'is damaged': ((bytes) => bytes.fill('9', 0, 1))(Buffer.from(file('x', 'x'))),
  };

  test.each(Object.entries(evil))('that %s is refused before any byte of it', async (_what, entry) => {
    const tar = tarOf(before, entry);
    for (const stepBytes of [tar.length, 300]) {
      const { bytes, error } = await passed(tar, stepBytes);
      expect(error).toMatchObject({ code: 'check-failed', message: expect.not.stringMatching(/evil|passwd/) });
      expect(bytes.length).toBeLessThanOrEqual(before.length);
    }
  });

  test('does not belong here, is one too many, or makes it too large, is refused before any byte of it', async () => {
    const tar = tarOf(file('logs/a', 'aa'), file('logs/b', 'bb'), file('other/c', 'cc'));
    const limits: readonly Partial<TarRules>[] = [
      { isAllowed: ({ path }) => path.startsWith('logs/') },
      { maxEntries: 2 },
      { maxBytes: 5 },
    ];
    for (const limit of limits) {
      const { bytes, error } = await passed(tar, 100, { ...rules, ...limit });
      expect(error).toMatchObject({ code: 'check-failed' });
      expect(bytes.length).toBeLessThanOrEqual(2048);
    }
    expect((await passed(tar, 100, { ...rules, maxEntries: 3, maxBytes: 6 })).error).toBeUndefined();
  });

  test('may not hide behind its attributes what a program that knows none would see', async () => {
    const tar = tarOf(Buffer.concat([pax([['path', 'logs/a']]), file('keys.txt', 'x')]));
    const { error } = await passed(tar, 100, { ...rules, isAllowed: ({ path }) => path.startsWith('logs/') });
    expect(error).toMatchObject({ code: 'check-failed' });
  });
});

test('a tar that was cut anywhere is never whole', async () => {
  for (let length = 0; length < good.length; length += length % 512 === 0 ? 1 : 73) {
    const { error } = await passed(good.subarray(0, length));
    expect(error, `cut at ${length}`).toMatchObject({ code: 'check-failed' });
  }
});

test('whatever bytes are changed, what is let through is what GNU tar sees too', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'candig-backup-tar-'));
  let agreed = 0;
  try {
    const sound = Buffer.concat([header({ path: 'logs/', type: '5' }), longPath(long), file('logs/x', 'x')]);
    const change = fc.record({ at: fc.nat(sound.length - 1), value: fc.nat(255), isHeader: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const tar = tarOf(sound, file('last', 'last'));
        for (const { at, value } of changes) tar[at] = value;
        // With the sums put right, so that it is not they that give it away.
        for (const at of [0, 512, 1536]) repairSum(tar.subarray(at, at + 512));
        const entries = ((): TarEntry[] | undefined => {
          try {
            return entriesOf(tar);
          } catch {
            return undefined;
          }
        })();
        if (entries === undefined) return;
        agreed += 1;
        const path = join(folder, 'x.tar');
        await writeFile(path, tar);
        const listed = await run('tar', ['--quoting-style=literal', '--show-transformed-names', '-tf', path]);
        const ours = entries.map(({ path }) => path).join('\n');
        // What is no UTF-8 is no name that we could compare; what matters is that there is no way out in it.
        if (!ours.includes('\uFFFD')) expect(plainLines(listed)).toEqual(plainLines(`${ours}\n`));
        expect(entries.every((each) => !each.path.split('/').includes('..') && !each.path.startsWith('/'))).toBe(true);
      }),
      { numRuns: 400 },
    );
    expect(agreed).toBeGreaterThan(20);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

function plainLines(names: string): string[] {
  return names.split('\n').map((line) => line.replace(/^\.\//, '').replace(/\/$/, ''));
}

function repairSum(block: Buffer): void {
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
}
