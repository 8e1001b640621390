import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { filesUnder } from '../site.ts';
import { run } from '../stack/run.ts';
import { file, header, longPath, pax, tarOf } from '../tarball/make-tar.ts';
import { type Forge, type Forged, openForge } from './forged-backup.ts';
import {
  containerEvidence,
  folder,
  folderEvidence,
  keys,
  keysTar,
  keysText,
  logFolder,
  redisLog,
  storage,
  storageTar,
  storesText,
} from './samples.ts';

let forge: Forge;
let out: string;
beforeEach(async () => {
  forge = await openForge();
  out = await mkdtemp(join(tmpdir(), 'candig-backup-open-'));
});
afterEach(async () => {
  await forge[Symbol.asyncDispose]();
  await rm(out, { recursive: true, force: true });
});

/** Whatever lies in the folder, with what is half made. */
const left = async (): Promise<string[]> => (await readdir(out)).sort();

/** That opening it, and verifying it, fails so, and that nothing but the evidence was written. */
async function refused(objects: readonly Forged[], logs: readonly unknown[] | undefined, code: string): Promise<void> {
  await forge.keep(objects, logs);
  const into = await mkdtemp(join(out, 'refused-'));
  await expect(forge.open(into)).rejects.toMatchObject({ code });
  expect((await readdir(into)).filter((name) => name !== 'evidence.json')).toEqual([]);
  await expect(forge.verify()).rejects.toMatchObject({ code });
}

describe('authorization', () => {
  test("is written as one file that GNU tar unpacks as CanDIG's restore does", async () => {
    await forge.keep([storage(), keys()]);
    const path = join(out, 'restore.tar.gz');
    expect(await forge.open(out)).toMatchObject({ files: [join(out, 'evidence.json'), path], unopened: [] });
    expect(await left()).toEqual(['evidence.json', 'restore.tar.gz']);
    expect(((await stat(path)).mode & 0o7777).toString(8)).toBe('600');

    const names = (await run('tar', ['-tzf', path])).trim().split('\n');
    const inside = ['backup/backup.tar.gz', 'backup/keys.txt', 'backup/service_stores.txt'];
    expect(names).toEqual(['backup/', ...inside]);
    const there = await mkdtemp(join(out, 'unpacked-'));
    await run('tar', ['-xzf', path, '-C', there]);
    expect(await readFile(join(there, 'backup/keys.txt'), 'utf8')).toBe(keysText);
    expect(await readFile(join(there, 'backup/service_stores.txt'), 'utf8')).toBe(storesText);
    expect(gunzipSync(await readFile(join(there, 'backup/backup.tar.gz')))).toEqual(storageTar);
    for (const file of await filesUnder(there)) expect((await stat(file)).mode & 0o077).toBe(0);
  });

  test('is whole whatever its size, without service_stores.txt where there was none', async () => {
    for (const sizeBytes of [0, 1, 511, 512, 65_535, 3_000_000]) {
      const random = Buffer.alloc(sizeBytes, 'x7%');
      const tar = tarOf(folder('data'), file('data/a', random.toString('latin1')));
      await forge.keep([storage(tar), keys(tarOf(file('keys.txt', keysText)))]);
      const at = join(out, String(sizeBytes));
      await forge.open(at);
      await run('tar', ['-xzf', join(at, 'restore.tar.gz'), '-C', at]);
      expect((await readdir(join(at, 'backup'))).sort()).toEqual(['backup.tar.gz', 'keys.txt']);
      expect(gunzipSync(await readFile(join(at, 'backup/backup.tar.gz')))).toEqual(tar);
    }
  });

  test('whose keys are for others is written without them, and that is said', async () => {
    await forge.keep([storage(), keys(keysTar, true), redisLog()], [containerEvidence()]);
    const said: string[] = [];
    const report = await forge.open(out, { log: { ...silentLog, warn: (line) => void said.push(line) } });
    expect(report).toMatchObject({ status: 'complete', unopened: ['vault-keys.tar.age'] });
    expect(await left()).toEqual(['evidence.json', 'redis.log', 'vault.tar']);
    expect(await readFile(join(out, 'vault.tar'))).toEqual(storageTar);
    expect(said).toEqual([expect.stringContaining('does not open the keys of Vault')]);
    expect(await forge.verify()).toMatchObject({ opened: true, unopened: ['vault-keys.tar.age'] });
    await expect(forge.open(out, { object: 'vault-keys.tar' })).rejects.toMatchObject({ code: 'no-identity-matched' });
  });

  test('that lacks its keys is written without them, and keys alone as they are', async () => {
    await forge.keep([storage()]);
    const said: string[] = [];
    const report = await forge.open(join(out, 'a'), { log: { ...silentLog, warn: (line) => void said.push(line) } });
    expect(report.unopened).toEqual([]);
    expect(said).toEqual([expect.stringContaining('lacks the keys')]);
    expect(await readdir(join(out, 'a'))).toEqual(['evidence.json', 'vault.tar']);
    await forge.keep([keys()]);
    await forge.open(join(out, 'b'));
    expect(await readFile(join(out, 'b/vault-keys.tar'))).toEqual(keysTar);
    await forge.verify();
  });

  test('whose storage is for others is refused', async () => {
    await refused([{ ...storage(), isForOthers: true }, keys()], undefined, 'no-identity-matched');
  });

  test.each([
    ['none', tarOf(file('service_stores.txt', storesText)), 'vault-keys-wrong'],
    ['keys that were cut off', tarOf(file('keys.txt', keysText.slice(0, 120))), 'vault-keys-wrong'],
    ['no tar', Buffer.from(keysText), 'check-failed'],
    ['a tar that was cut off', keysTar.subarray(0, 1024), 'check-failed'],
    ['something else beside them', tarOf(file('keys.txt', keysText), file('x.sh', '')), 'check-failed'],
  ])('with %s for keys is refused', async (_, tar, code) => {
    await refused([storage(), keys(tar)], undefined, code);
  });

  const evil: readonly (readonly [what: string, tar: Buffer])[] = [
    ['a path upwards', tarOf(folder('data'), file('data/../../x', 'x'))],
    ['an absolute path', tarOf(file('/etc/x', 'x'))],
    ['a file beside data', tarOf(folder('data'), file('keys.txt', 'x'))],
    ['a symbolic link', tarOf(header({ path: 'data/x', type: '2', link: '/etc' }), file('data/x/y', 'y'))],
    ['a hard link', tarOf(file('data/x', 'x'), header({ path: 'data/y', type: '1', link: '/etc/passwd' }))],
    ['a device', tarOf(header({ path: 'data/x', type: '3' }))],
    ['a pipe', tarOf(header({ path: 'data/x', type: '6' }))],
    ['setuid', tarOf(file('data/x', 'x', { mode: '0004755\0' }))],
    ['a header of 4 GB', Buffer.concat([header({ path: 'x', type: 'x', size: 2 ** 32 }), Buffer.alloc(4096)])],
    ['a long path upwards', tarOf(longPath('data/../../x'), file('data/x', 'x'))],
    ['attributes that lead upwards', tarOf(pax([['path', '../x']]), file('data/x', 'x'))],
    ['no end', storageTar.subarray(0, -1024)],
    ['something behind its end', Buffer.concat([storageTar, file('data/y', 'y')])],
    ['no tar at all', Buffer.from('data')],
  ];
  test.each(evil)('in a tar with %s is refused, with its keys and without', async (_, tar) => {
    await refused([storage(tar), keys()], undefined, 'check-failed');
    await refused([storage(tar), keys(keysTar, true)], undefined, 'check-failed');
  });
});

describe('logs', () => {
  test.each(['zstd', 'gzip'] as const)(
    'are unpacked, and what Docker kept is inflated, from %s',
    async (compression) => {
      const logs = [folderEvidence(), containerEvidence({ compression })];
      await forge.keep([logFolder(), redisLog('hello', compression)], logs);
      expect((await forge.open(out)).files).toEqual(['evidence.json', 'logs', 'redis.log'].map((it) => join(out, it)));
      expect(await left()).toEqual(['evidence.json', 'logs', 'redis.log']);
      expect(await readFile(join(out, 'redis.log'), 'utf8')).toBe('hello');
      expect(await readFile(join(out, 'logs/logs/.20261121_0.log'), 'utf8')).toBe('older');
      expect(await readFile(join(out, 'logs/logs/deep/a.log'), 'utf8')).toBe('newer');
      for (const file of await filesUnder(out)) expect(((await stat(file)).mode & 0o7777).toString(8)).toBe('600');
      expect(await forge.verify()).toMatchObject({ opened: true, unopened: [], dumpsRead: false });
    },
  );

  test('of which one is asked for by name are written as they were kept', async () => {
    await forge.keep([logFolder(), storage(), keys()], [folderEvidence()]);
    for (const object of ['logs.tar.zst', 'vault.tar', 'vault-keys.tar.age']) await forge.open(out, { object });
    expect(await left()).toEqual(['logs.tar.zst', 'vault-keys.tar', 'vault.tar']);
    expect(await readFile(join(out, 'logs.tar.zst'))).toEqual(logFolder().plain);
  });

  test('that were empty are an empty folder', async () => {
    await forge.keep([logFolder(tarOf())], [folderEvidence({ files: 0, plainBytes: 0 })]);
    await forge.open(out);
    expect(await readdir(join(out, 'logs'))).toEqual([]);
    await forge.verify();
  });

  const zeros = Buffer.alloc(80 * 1024 * 1024);
  test('of zeros alone are no bomb if the evidence knows of them', async () => {
    const evidence = containerEvidence({ plainBytes: zeros.length });
    await forge.keep([redisLog(zeros)], [evidence]);
    await forge.open(out);
    expect((await stat(join(out, 'redis.log'))).size).toBe(zeros.length);
  });

  test.each([
    ['a bomb', redisLog(zeros), containerEvidence()],
    ['one byte more than the evidence says', redisLog('hello!'), containerEvidence()],
    ['one byte less than the evidence says', redisLog('hell'), containerEvidence()],
    ['one that was cut off', { ...redisLog(), plain: redisLog().plain.subarray(0, -2) }, containerEvidence()],
    [
      'two in a row',
      { ...redisLog(), plain: Buffer.concat([redisLog().plain, redisLog().plain]) },
      containerEvidence(),
    ],
    ['a folder that is a bomb', logFolder(tarOf(file('logs/a', 'a'.repeat(1e7)))), folderEvidence()],
    ['a folder with a file less', logFolder(tarOf(file('logs/a', '0123456789'))), folderEvidence()],
    [
      'a folder with a file more',
      logFolder(tarOf(file('logs/a', '0123456789'), file('logs/b'), file('logs/c'))),
      folderEvidence(),
    ],
    [
      'a folder that is a byte short',
      logFolder(tarOf(file('logs/a', '12345'), file('logs/b', '1234'))),
      folderEvidence(),
    ],
    [
      'a folder whose tar has no end',
      logFolder(tarOf(file('logs/a', '12345')).subarray(0, -1024)),
      folderEvidence({ files: 1, plainBytes: 5 }),
    ],
    ['a path upwards', logFolder(tarOf(file('logs/../../a', '12345'), file('logs/b', '12345'))), folderEvidence()],
    ['a link', logFolder(tarOf(header({ path: 'logs/a', type: '2', link: '/etc' }))), folderEvidence()],
    [
      'keys of Vault',
      logFolder(tarOf(file('logs/a', '12345'), file('vault/config/keys.txt', '12345'))),
      folderEvidence(),
    ],
  ])('with %s are refused', async (_, object, evidence) => {
    await refused([object], [evidence], 'check-failed');
  });

  test('with a path twice are refused while they are written', async () => {
    await forge.keep([logFolder(tarOf(file('logs/a', '12345'), file('logs/a', '12345')))], [folderEvidence()]);
    await expect(forge.open(out)).rejects.toMatchObject({ code: 'check-failed' });
    expect(await left()).toEqual(['evidence.json']);
  });

  test.each([
    ['does not name', []],
    ['names another service for', [containerEvidence({ service: 'fluentd' })]],
    ['names twice', [containerEvidence(), containerEvidence({ plainBytes: 6 })]],
    ['names more than', [containerEvidence(), folderEvidence()]],
    ['says nothing we know of', [{ kind: 'else' }]],
    ['leads upwards with', [containerEvidence({ service: '../redis' })]],
    ['is silent about', undefined],
  ])('that the evidence %s are refused', async (_, evidence) => {
    await refused([redisLog()], evidence, 'manifest-invalid');
  });
});

test('nothing is replaced, and the others stay as they are', async () => {
  await forge.keep([storage(), keys(), logFolder(), redisLog()], [folderEvidence(), containerEvidence()]);
  for (const name of ['restore.tar.gz', 'redis.log', 'logs']) {
    const at = join(out, name);
    await mkdir(at);
    const occupied = join(at, name);
    if (name === 'logs') await mkdir(occupied);
    else await writeFile(occupied, 'mine');
    await expect(forge.open(at)).rejects.toMatchObject({ code: 'object-exists' });
    expect((await readdir(at)).filter((it) => it.includes('.part-'))).toEqual([]);
    if (name !== 'logs') expect(await readFile(occupied, 'utf8')).toBe('mine');
  }
});

test('a sealed object that was altered anywhere is refused, and nothing is written of it', async () => {
  const big = tarOf(folder('data'), file('data/a', 'x7%'.repeat(100_000)));
  await forge.keep([storage(big), keys(), { ...logFolder(), plain: zstdCompressSync(big) }], [folderEvidence()]);
  for (const path of await filesUnder(forge.storeFolder)) {
    if (!/(vault|logs).*\.age$/.test(path)) continue;
    const whole = await readFile(path);
    for (const at of [0, 250, Math.floor(whole.length / 2), whole.length - 1]) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      await rm(path);
      await writeFile(path, bytes);
      const into = await mkdtemp(join(out, 'altered-'));
      await expect(forge.open(into), `${path} ${at}`).rejects.toMatchObject({
        code: expect.stringMatching(/^(object-damaged|seal-broken|no-identity-matched|check-failed)$/),
      });
      expect(await readdir(into)).not.toContain(path.includes('logs') ? 'logs' : 'restore.tar.gz');
      expect((await readdir(into)).filter((it) => it.includes('.part-'))).toEqual([]);
    }
    await rm(path);
    await writeFile(path, whole);
  }
});
