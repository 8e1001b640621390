import { execFile } from 'node:child_process';
import { mkdtemp, open as openFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { parseBackupId } from '../../src/backups/ids.ts';
import { BackupError } from '../../src/errors.ts';
import { type Log, silentLog } from '../../src/log.ts';
import { copy } from '../../src/operations/copy.ts';
import { refuseDegraded } from '../../src/run/perform.ts';
import { parsePublicKey } from '../../src/seal/minisign.ts';
import { openDirectory } from '../../src/stores/directory.ts';
import { openS3 } from '../../src/stores/s3.ts';
import { openSftp } from '../../src/stores/sftp.ts';
import type { Store } from '../../src/stores/store.ts';
import { unreachable } from '../../src/stores/unreachable.ts';
import { loginThrough, startProxy, type TcpProxy } from '../remote/proxy.ts';
import { type Sshd, startSshd } from '../remote/sshd.ts';
import { openTestSite, type TestSite } from '../site.ts';
import { type S3Server, startS3Server } from '../stores/s3-server.ts';
import { refusalOf } from './bare-site.ts';

const run = promisify(execFile);
let site: TestSite;
let sshd: Sshd;
let proxy: TcpProxy;
let server: S3Server;
let folders: { readonly near: string; readonly far: string };
let near: Store;
let far: Store & AsyncDisposable;
let bucket: Store & AsyncDisposable;
const warned: string[] = [];
const log: Log = { ...silentLog, warn: (line) => void warned.push(line) };

beforeAll(async () => {
  [site, sshd, server] = await Promise.all([openTestSite({ rows: 20_000, donors: 100 }), startSshd(), startS3Server()]);
  process.env.AWS_ACCESS_KEY_ID = server.credentials.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = server.credentials.secretAccessKey;
  proxy = await startProxy(sshd.port);
  folders = { near: await mkdtemp(join(tmpdir(), 'candig-near-')), far: await mkdtemp(join(sshd.folder, 'far-')) };
  near = await openDirectory(folders.near);
  far = await openSftp(loginThrough(proxy, sshd), folders.far);
  bucket = await openS3({ bucket: server.bucket, prefix: 'candig', endpoint: server.endpoint, isPathStyle: true });
}, 300_000);
afterEach(() => void warned.splice(0));
afterAll(async () => {
  await far?.[Symbol.asyncDispose]();
  await bucket?.[Symbol.asyncDispose]();
  await proxy?.stop();
  await Promise.all([sshd?.stop(), server?.stop(), site?.[Symbol.asyncDispose]()]);
  if (folders) await rm(folders.near, { recursive: true });
});

const backUp = async (stores: readonly Store[]) => await site.backUp({ log }, { stores });
/** Stands for all that is in the databases; a test of its own compares every table. */
const contentsOf = async () =>
  await site.stack.psql('genomic', "SELECT count(*), md5(string_agg(t::text, '' ORDER BY id)) FROM variant AS t");
const namesIn = async (store: Store, id: string) => {
  const names: string[] = [];
  for await (const { path } of store.list(`${site.site}/${id}`)) names.push(path.split('/').at(-1) ?? '');
  return names.sort();
};

/** A store in which what is kept as `name` meets a trouble after some bytes. */
const spoiling = (store: Store, name: string, spoil: () => Promise<void>): Store => ({
  ...store,
  put: async (path, content, options) => {
    if (!path.endsWith(name)) return await store.put(path, content, options);
    let sizeBytes = 0;
    const counting = new Transform({
      transform(chunk: Uint8Array, _encoding, done) {
        const from = sizeBytes;
        sizeBytes += chunk.length;
        if (from < 100_000 && sizeBytes >= 100_000) spoil().then(() => done(null, chunk), done);
        else done(null, chunk);
      },
    });
    content.on('error', (error) => counting.destroy(error));
    await store.put(path, content.pipe(counting), options);
  },
});

test('a backup goes to a folder, over SFTP and into object storage at once, the same in each', async () => {
  const report = await backUp([near, far, bucket]);
  expect(report).toMatchObject({
    status: 'complete',
    copies: [{ status: 'complete' }, { status: 'complete' }, { status: 'complete' }],
  });
  const names = await namesIn(near, report.backupId);
  expect(names).toContain('manifest.json');
  for (const store of [far, bucket]) expect(await namesIn(store, report.backupId)).toEqual(names);
  const at = join(site.site, report.backupId);
  await run('diff', ['-r', join(folders.near, at), join(folders.far, at)]);
  await run('diff', ['-r', join(folders.near, at), join(server.folder, 'candig', at)]);
  const listed = await site.list({ stores: [near, far, bucket] });
  expect(listed.backups.find(({ id }) => id === report.backupId)).toMatchObject({
    state: 'whole',
    copies: [{ state: 'whole' }, { state: 'whole' }, { state: 'whole' }],
  });
  expect(await site.verify(report.backupId, undefined, [near, far, bucket])).toMatchObject({
    status: 'complete',
    copies: [near, far, bucket].map(({ name }) => ({ store: name, status: 'complete' })),
    chain: 'first',
  });
});

test('a store that fails on the way makes the backup degraded, and the others whole', async () => {
  const cut = spoiling(far, 'genomic.dump.age', async () => proxy.cut('reset'));
  const report = await backUp([cut, near]);
  expect(report).toMatchObject({
    status: 'degraded',
    copies: [{ status: 'failed', code: 'connection-lost' }, { status: 'complete' }],
    parts: [{ status: 'complete' }],
  });
  expect(() => refuseDegraded(report)).toThrow(expect.objectContaining({ code: 'degraded' }));
  expect(warned.join()).toContain(`${far.name} gets no copy`);
  expect(await namesIn(far, report.backupId)).not.toContain('manifest.json');
  const said = await site.verify(report.backupId, undefined, [far, near]);
  expect(said).toMatchObject({
    status: 'degraded',
    copies: [
      { store: near.name, status: 'complete' },
      { store: far.name, status: 'failed' },
    ],
  });
  expect(() => refuseDegraded(said)).toThrow(expect.objectContaining({ code: 'degraded' }));
  // The latest is the newest that is whole anywhere, not the newest in the nearest store.
  expect((await site.restore({ log }, { stores: [far, near] })).backupId).toBe(report.backupId);
});

test('a store that cannot be reached from the start is told of, and the next backup goes there again', async () => {
  const gone = unreachable('sftp://gone', new BackupError('host-unreachable', 'it cannot be reached'));
  const report = await backUp([gone, bucket]);
  expect(report).toMatchObject({ status: 'degraded', copies: [{ code: 'host-unreachable' }, { status: 'complete' }] });
  expect(report.previous).not.toBeNull();
  expect(await refusalOf(backUp([gone]))).toMatchObject({ code: 'host-unreachable' });
  expect((await backUp([far, bucket])).status).toBe('complete');
});

test('the latest is not looked for where not every store can be read', async () => {
  const gone = unreachable('sftp://gone', new BackupError('host-unreachable', 'it cannot be reached'));
  const { backupId } = await backUp([near]);
  const error = await refusalOf(site.restore({ log }, { stores: [near, gone] }));
  expect(error).toMatchObject({ code: 'backup-missing', message: expect.stringContaining('sftp://gone') });
  expect(error.hint).toContain(backupId);
  expect(await site.verify(backupId, undefined, [near, gone])).toMatchObject({ status: 'degraded' });
  expect((await site.restore({ log }, { stores: [near, gone], backup: parseBackupId(backupId) })).backupId).toBe(
    backupId,
  );
});

test('a copy that is not what was sent is no copy', async () => {
  const { name } = far;
  const rotting: Store = {
    ...far,
    name,
    put: async (path, content, options) => {
      await far.put(path, content, options);
      if (path.endsWith('clinical.dump.age')) await flip(join(folders.far, path));
    },
  };
  const report = await backUp([rotting, near]);
  expect(report).toMatchObject({ status: 'degraded', copies: [{ code: 'object-damaged' }, { status: 'complete' }] });
  expect(await namesIn(far, report.backupId)).not.toContain('manifest.json');
  expect(await namesIn(near, report.backupId)).toContain('manifest.json');
});

test('a restore turns to the next copy when the nearest is damaged, and nothing but that', async () => {
  const then = await contentsOf();
  const { backupId } = await backUp([near, far]);
  await site.stack.psql('genomic', 'DELETE FROM variant WHERE id % 2 = 0');
  await flip(join(folders.near, site.site, backupId, 'genomic.dump.age'));
  const damaged = { code: expect.stringMatching(/^(object-damaged|seal-broken)$/) };
  expect(await refusalOf(site.restore({ log }, { stores: [near] }))).toMatchObject(damaged);
  expect(await contentsOf()).not.toEqual(then);
  expect(await refusalOf(site.verify(backupId, undefined, [near]))).toMatchObject(damaged);
  expect(await site.verify(backupId, undefined, [near, far])).toMatchObject({
    ...{ status: 'degraded', copies: [{ store: far.name }, { store: near.name, status: 'failed' }] },
  });
  const restored = await site.restore({ log }, { stores: [near, far] });
  expect(restored.backupId).toBe(backupId);
  expect(warned.join()).toContain(`turning to ${far.name}`);
  expect(await contentsOf()).toEqual(then);
});

test('a backup that is forged in one store is taken from another, if it is the one asked for', async () => {
  const { backupId } = await backUp([near, far]);
  const folder = join(folders.near, site.site, backupId);
  await flip(join(folder, 'manifest.json.minisig'));
  expect(await refusalOf(site.restore({ log }, { stores: [near] }))).toMatchObject({ code: 'backup-missing' });
  expect((await site.restore({ log }, { stores: [near, far] })).backupId).toBe(backupId);
  expect((await readdir(folder)).length).toBeGreaterThan(3);
});

const copyBetween = async (stores: readonly Store[]) =>
  await copy({ site: site.site, stores, publicKey: parsePublicKey(site.keys.public) }, site.context({ log }));
const isSame = async (id: string) =>
  await run('diff', ['-r', '-x', '.part-*', join(folders.near, site.site, id), join(folders.far, site.site, id)]).then(
    () => true,
    () => false,
  );

test('what a store lacks is copied to it, as it is, and then there is nothing to copy', async () => {
  const [{ backupId: alone }, { backupId: half }] = [
    await backUp([near]),
    await backUp([near, spoiling(far, 'clinical.dump.age', async () => proxy.cut('reset'))]),
  ];
  await copyBetween([near, far]);
  expect(await isSame(alone)).toBe(true);
  expect(await isSame(half)).toBe(true);
  const { copied } = await copyBetween([near, far]);
  // What earlier tests have spoilt in a store, and nothing else, is still told of.
  expect(copied.map(({ backupId }) => backupId)).not.toContain(alone);
  expect(copied.every(({ status }) => status === 'failed')).toBe(true);
  expect(await site.verify(half, undefined, [far])).toMatchObject({ copies: [{ store: far.name }] });
});

test('a copy that is cut off is no copy, and is finished by the next', async () => {
  const { backupId } = await backUp([near]);
  const cut = await copyBetween([near, spoiling(far, 'genomic.dump.age', async () => proxy.cut('reset'))]);
  expect(cut.status).toBe('degraded');
  expect(cut.copied.find((it) => it.backupId === backupId)).toMatchObject({
    status: 'failed',
    code: 'connection-lost',
  });
  expect(await namesIn(far, backupId)).not.toContain('manifest.json');
  const again = await copyBetween([near, far]);
  expect(again.copied.find((it) => it.backupId === backupId)).toMatchObject({ status: 'complete' });
  expect(await isSame(backupId)).toBe(true);
});

test('nothing damaged is copied, nor replaced', async () => {
  const { backupId } = await backUp([near]);
  const object = join(site.site, backupId, 'genomic.dump.age');
  await flip(join(folders.near, object));
  expect((await copyBetween([near, far])).copied.find((it) => it.backupId === backupId)).toMatchObject({
    ...{ status: 'failed', code: 'object-damaged' },
  });
  expect(await namesIn(far, backupId)).not.toContain('genomic.dump.age');
  await flip(join(folders.near, object));
  await run('sh', ['-c', 'echo other > "$1"', 'sh', join(folders.far, object)]);
  expect((await copyBetween([near, far])).copied.find((it) => it.backupId === backupId)).toMatchObject({
    ...{ status: 'failed', code: 'object-damaged' },
  });
  expect(await readFile(join(folders.far, object), 'utf8')).toBe('other\n');
  expect(await namesIn(far, backupId)).not.toContain('manifest.json');
});

test('the built command line lists and verifies all three, with keys out of files and the environment', async () => {
  const { backupId } = await backUp([near, far, bucket]);
  const folder = await mkdtemp(join(tmpdir(), 'candig-keys-'));
  await writeFile(join(folder, 'key'), sshd.privateKey, { mode: 0o600 });
  await writeFile(join(folder, 'known'), sshd.knownHosts);
  const stores = [
    near.name,
    `sftp://${sshd.user}@127.0.0.1:${sshd.port}${folders.far}`,
    `s3://${server.bucket}/candig?endpoint=${server.endpoint}&path-style=true`,
  ];
  const env = {
    ...process.env,
    CANDIG_BACKUP_SITE: site.site,
    CANDIG_BACKUP_STORES: stores.join('\n'),
    CANDIG_BACKUP_SFTP_PRIVATE_KEY_FILE: join(folder, 'key'),
    CANDIG_BACKUP_SFTP_KNOWN_HOSTS_FILE: join(folder, 'known'),
    CANDIG_BACKUP_PUBLIC_KEY: site.keys.public,
  };
  const cli = async (...args: string[]) =>
    JSON.parse(
      (await run(process.execPath, [join(import.meta.dirname, '../../dist/cli.js'), ...args, '--json'], { env }))
        .stdout,
    );
  const whole = expect.objectContaining({ state: 'whole' });
  expect((await cli('list')).backups.find(({ id }: { id: string }) => id === backupId)).toMatchObject({
    copies: [whole, whole, whole],
  });
  expect((await cli('verify', '--backup', backupId)).copies).toHaveLength(3);
  await rm(folder, { recursive: true });
});

async function flip(path: string): Promise<void> {
  const file = await openFile(path, 'r+');
  const byte = Buffer.alloc(1);
  const { size } = await file.stat();
  await file.read(byte, 0, 1, Math.floor(size / 2));
  byte[0] = (byte[0] ?? 0) ^ 1;
  await file.write(byte, 0, 1, Math.floor(size / 2));
  await file.close();
}
