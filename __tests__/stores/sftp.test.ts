import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SshLogin } from '../../src/ssh/login.ts';
import { openSftp } from '../../src/stores/sftp.ts';
import type { Store } from '../../src/stores/store.ts';
import { all, bytesOf, storeContract } from '../contracts/store.ts';
import { storeFaults } from '../contracts/store-faults.ts';
import { loginThrough, startProxy } from '../remote/proxy.ts';
import { descendantsOf, type Sshd, startSshd, tryKill } from '../remote/sshd.ts';

const run = promisify(execFile);

let sshd: Sshd;
let root: string;
beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(async () => {
  await sshd?.stop();
});

const loginOf = ({ host, port, user, privateKey, knownHosts }: Sshd): SshLogin => ({
  ...{ host, port, user, privateKey, knownHosts },
});
const text = (content: string) => Readable.from([Buffer.from(content)]);

storeContract('a folder of another machine', async () => {
  const folder = await mkdtemp(join(sshd.folder, 'store-'));
  const store = await openSftp(sshd, folder);
  return {
    store,
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
});

storeFaults('a folder of another machine', 2_000_000, async () => {
  const path = await mkdtemp(join(sshd.folder, 'store-'));
  const proxy = await startProxy(sshd.port);
  const login = loginOf(sshd);
  return {
    settings: { kind: 'sftp', login, path },
    proxied: { kind: 'sftp', login: { ...loginThrough(proxy, login), keepaliveMs: 100 }, path },
    proxy,
    [Symbol.asyncDispose]: () => proxy.stop(),
  };
});

describe('a store over SFTP', () => {
  let store: Store & AsyncDisposable;
  beforeEach(async () => {
    root = await mkdtemp(join(sshd.folder, 'store-'));
    store = await openSftp(sshd, root);
  });
  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    await rm(root, { recursive: true, force: true });
  });

  test('lets nobody but its owner in, and leaves nothing half-written', async () => {
    await store.put('site/one/object', text('x'));
    await expect(store.put('site/one/object', text('y'))).rejects.toMatchObject({ code: 'object-exists' });
    expect((await stat(join(root, 'site/one/object'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(root, 'site/one'))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(root, 'site/one'))).toEqual(['object']);
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

  test('follows no link and lists nothing foreign or half-written', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'elsewhere-'));
    await writeFile(join(elsewhere, 'object'), 'secret');
    await mkdir(join(root, 'site/one'), { recursive: true });
    await symlink(join(elsewhere, 'object'), join(root, 'site/one/object'));
    await symlink(elsewhere, join(root, 'site/two'));
    await writeFile(join(root, 'site/one/.part-0123456789abcdef'), 'half');
    await writeFile(join(root, 'site/one/a name with spaces'), 'foreign');
    expect(await all(store, 'site')).toEqual([]);
    await expect(store.get('site/one/object')).rejects.toMatchObject({ code: 'object-missing' });
    await expect(store.put('site/one/object', text('x'))).rejects.toMatchObject({ code: 'object-exists' });
    const attempts = [
      () => store.get('site/two/object'),
      () => store.put('site/two/x', text('x')),
      () => all(store, 'site/two'),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: 'store-failed' });
    await store.remove('site/one/object');
    expect(await readdir(elsewhere)).toEqual(['object']);
    await rm(elsewhere, { recursive: true });
  });

  test('has the other machine read what it keeps, as it is there', async () => {
    const content = randomBytes(1_000_000);
    await store.put('site/one/object', Readable.from([content]));
    const sha256 = createHash('sha256').update(content).digest('hex');
    expect(await store.measure?.('site/one/object')).toEqual({ sizeBytes: content.length, sha256 });
    await writeFile(join(root, 'site/one/object'), 'other');
    expect(await store.measure?.('site/one/object')).toMatchObject({ sizeBytes: 5 });
    expect(await store.measure?.('site/one/none')).toBeUndefined();
    await symlink('/etc/passwd', join(root, 'site/one/link'));
    expect(await store.measure?.('site/one/link')).toBeUndefined();
  });

  test('lists 20,000 objects of 2,000 backups', async () => {
    const many = join(root, 'site');
    await run('sh', [
      '-c',
      'mkdir "$1" && cd "$1" && for b in $(seq 2000); do mkdir b$b; for o in 0 1 2 3 4 5 6 7 8 9; do : > b$b/$o; done; done',
      'sh',
      many,
    ]);
    expect(await all(store, 'site')).toHaveLength(20_000);
  });

  test('logs in anew after its connection was lost', async () => {
    const proxy = await startProxy(sshd.port);
    await using through = await openSftp(loginThrough(proxy, loginOf(sshd)), root);
    await through.put('site/one/first', text('x'));
    proxy.cut('reset');
    await expect.poll(async () => await all(through, 'site').catch(() => [])).toHaveLength(1);
    await through.put('site/one/second', text('y'));
    expect(await all(store, 'site')).toHaveLength(2);
    await proxy.stop();
  });
});

describe('a store over SFTP whose server', () => {
  let other: Sshd;
  let folder: string;
  beforeAll(async () => {
    // A program of its own, which can be stopped while its sshd lives.
    other = await startSshd({ config: ['ForceCommand /usr/lib/openssh/sftp-server'] });
    folder = await mkdtemp(join(other.folder, 'store-'));
  });
  afterAll(async () => {
    await other?.stop();
  });

  async function signalServer(signal: NodeJS.Signals): Promise<void> {
    const isServer = async (pid: number) =>
      (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).startsWith('/usr/lib/openssh/sftp-server');
    let sent = 0;
    for (const pid of await descendantsOf(other.pid)) {
      if (!(await isServer(pid))) continue;
      tryKill(pid, signal);
      sent += 1;
    }
    expect(sent).toBeGreaterThan(0);
  }

  test('gives no answer any more lets go of calls that are called off', async () => {
    await using store = await openSftp(other, folder);
    await store.put('site/one/there', Readable.from([randomBytes(20_000_000)]));
    const stop = new AbortController();
    const { signal } = stop;
    const feed = new PassThrough();
    const put = store.put('site/one/object', feed, { signal });
    await new Promise((resolve) => feed.write(randomBytes(300_000), resolve));
    const content = await store.get('site/one/there', { signal });
    await signalServer('SIGSTOP');
    const reading = async (): Promise<void> => {
      for await (const _ of content);
    };
    const cut = expect(reading()).rejects.toMatchObject({ code: 'cancelled' });
    feed.write(randomBytes(300_000));
    stop.abort();
    await expect(put).rejects.toMatchObject({ code: 'cancelled' });
    await cut;
    expect(await all(store, 'site')).toHaveLength(1);
  });

  test('is killed is a lost connection; what it left is removed by the next', async () => {
    await using store = await openSftp(other, folder);
    const feed = new PassThrough();
    const put = store.put('site/two/object', feed);
    put.catch(() => {});
    await new Promise((resolve) => feed.write(randomBytes(300_000), resolve));
    await signalServer('SIGKILL');
    feed.on('error', () => {}).end(randomBytes(300_000));
    await expect(put).rejects.toMatchObject({ code: 'connection-lost' });
    expect(await all(store, 'site/two')).toEqual([]);
    await expect.poll(async () => await readdir(join(folder, 'site/two'))).toEqual([]);
  });
});

describe('a store over SFTP says what is wrong', () => {
  const attempt = async (options: Parameters<typeof startSshd>[0], folder: string): Promise<unknown> => {
    const other = await startSshd(options);
    try {
      const store = await openSftp(other, folder);
      await store[Symbol.asyncDispose]();
      return undefined;
    } catch (error) {
      return error;
    } finally {
      await other.stop();
    }
  };

  test('with a folder that is not there, or is a file', async () => {
    for (const folder of ['/nowhere/at/all', '/etc/passwd']) {
      expect(await attempt({}, folder)).toMatchObject({
        code: 'store-failed',
        message: expect.stringContaining(folder),
      });
    }
  });

  test('with a server that offers no SFTP', async () => {
    const config = ['ForceCommand /bin/false'];
    expect(await attempt({ config }, '/tmp')).toMatchObject({ code: 'store-failed' });
  });
});

const denials: readonly (readonly [string, string, readonly string[]])[] = [
  ['may write once, and no more', 'remove,rename,posix-rename', ['.part', 'object']],
  ['may not even link', 'remove,rename,posix-rename,hardlink,setstat,fsetstat', ['object']],
  ['has a server without extensions', 'hardlink,fsync,statvfs,posix-rename', ['object']],
];
describe.each(denials)('an account that %s', (_what, denied, left) => {
  let other: Sshd;
  let folder: string;
  const warned: string[] = [];
  beforeAll(async () => {
    other = await startSshd({ config: [`ForceCommand internal-sftp -P ${denied}`] });
    folder = await mkdtemp(join(other.folder, 'store-'));
  });
  afterAll(async () => {
    await other?.stop();
  });

  test('keeps objects, and never replaces them', async () => {
    await using store = await openSftp(other, folder, { warn: (message) => warned.push(message) });
    const content = randomBytes(500_000);
    await store.put('site/one/object', Readable.from([content]));
    expect(await bytesOf(store, 'site/one/object')).toEqual(content);
    await expect(store.put('site/one/object', text('y'))).rejects.toMatchObject({ code: 'object-exists' });
    expect(await bytesOf(store, 'site/one/object')).toEqual(content);
    // Where files are all there is, they are read from here.
    expect(await store.measure?.('site/one/object')).toBeUndefined();
    expect(await all(store, 'site')).toEqual([{ path: 'site/one/object', sizeBytes: 500_000 }]);
    const names = (await readdir(join(folder, 'site/one'))).map((name) => name.replace(/^(\.part)-.*/, '$1'));
    expect(names.sort()).toEqual(left);
  });

  test('is warned of once if a power cut could lose what it keeps', async () => {
    const isSynced = !denied.includes('fsync') || denied.includes('fsetstat');
    expect(warned).toHaveLength(isSynced ? 0 : 1);
  });
});

describe('a store over SFTP on a small disk', () => {
  let folder: string;
  let store: Store & AsyncDisposable;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'candig-backup-full-'));
    await run('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder]);
    store = await openSftp(sshd, folder);
  });
  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    await run('umount', [folder]);
    await rm(folder, { recursive: true });
  });

  test.each([0, 1, 100, 4_000])('says that it is full, %i KiB before its end, and is as it was', async (spareKb) => {
    await store.put('site/one/first', Readable.from([randomBytes((8_000 - spareKb) * 1024)]));
    const more = Readable.from([randomBytes(5_000 * 1024), randomBytes(5_000 * 1024)]);
    await expect(store.put('site/one/second', more)).rejects.toMatchObject({ code: 'disk-full' });
    expect(await readdir(join(folder, 'site/one'))).toEqual(['first']);
    await store.remove('site/one/first');
    await store.put('site/one/second', Readable.from([randomBytes(5_000 * 1024)]));
  });

  test('says that it is read-only', async () => {
    await store.put('site/one/object', text('x'));
    await run('mount', ['-o', 'remount,ro', folder]);
    await expect(store.put('site/one/other', text('y'))).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringContaining('read-only'),
    });
    expect(await readFile(join(folder, 'site/one/object'), 'utf8')).toBe('x');
  });
});
