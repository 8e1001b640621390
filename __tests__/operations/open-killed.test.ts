import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesUnder } from '../site.ts';
import { run } from '../stack/run.ts';
import { file, tarOf } from '../tarball/make-tar.ts';
import { type Forge, openForge } from './forged-backup.ts';
import type { Opening } from './open-child.ts';
import { containerEvidence, folder, folderEvidence, keys, keysText, storage, storesText } from './samples.ts';

const script = join(import.meta.dirname, 'open-child.ts');
const noise = randomBytes(400_000).toString('hex');
const half = noise.slice(0, 400_000);

let forge: Forge;
let root: string;
const sizes = new Map<string, number>();

beforeAll(async () => {
  forge = await openForge();
  root = await mkdtemp(join(tmpdir(), 'candig-backup-open-killed-'));
  const logs = tarOf(file('logs/a', half), file('logs/b', noise.slice(400_000)));
  await forge.keep(
    [
      storage(tarOf(folder('data'), file('data/a', noise))),
      keys(),
      { name: 'logs.tar.zst.age', part: 'logs', plain: zstdCompressSync(logs) },
      { name: 'redis.log.zst.age', part: 'logs', plain: zstdCompressSync(noise) },
    ],
    [folderEvidence({ plainBytes: noise.length }), containerEvidence({ plainBytes: noise.length })],
  );
  for (const path of await filesUnder(forge.storeFolder)) {
    sizes.set(path.slice(path.lastIndexOf('/') + 1), (await stat(path)).size);
  }
});
afterAll(async () => {
  await forge?.[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

function openIn(into: string, held: Opening['held']) {
  const { storeFolder, publicKey, identity } = forge;
  const opening: Opening = { storeFolder, publicKey, identity, folder: into, held };
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(opening));
  return child;
}

/** Kills an opening once so much of `name` has come, and gives what then lies in its folder. */
async function killedAt(into: string, name: string, share: number): Promise<string[]> {
  const child = openIn(into, { name, atByte: Math.floor((sizes.get(name) ?? 0) * share) });
  const closed = once(child, 'close');
  await Promise.race([once(child.stdout, 'data'), closed]);
  expect(child.exitCode).toBeNull();
  child.kill('SIGKILL');
  await closed;
  return (await readdir(into)).sort();
}

const whole: Readonly<Record<string, string>> = {
  'vault.tar.age': 'restore.tar.gz',
  'vault-keys.tar.age': 'restore.tar.gz',
  'logs.tar.zst.age': 'logs',
  'redis.log.zst.age': 'redis.log',
};

describe.each(Object.entries(whole))('an opening that is killed in the midst of %s', (name, written) => {
  test.each([0.001, 0.25, 0.5, 0.75, 1])('at %d of it leaves nothing that looks whole', async (share) => {
    const into = await mkdtemp(join(root, 'killed-'));
    const left = await killedAt(into, name, share);
    expect(left).not.toContain(written);
    for (const path of left.filter((it) => it.includes('.part-')))
      expect(path.startsWith(`${written}.part-`)).toBe(true);
    // Vault's storage and its keys never lie there by half, under any name.
    if (written === 'restore.tar.gz') expect(left).toEqual(['evidence.json']);
    for (const path of await filesUnder(into)) expect((await stat(path)).mode & 0o077).toBe(0);

    const again = await mkdtemp(join(root, 'again-'));
    await forge.open(again);
    await run('tar', ['-xzf', join(again, 'restore.tar.gz'), '-C', again]);
    expect(await readFile(join(again, 'backup/keys.txt'), 'utf8')).toBe(keysText);
    expect(await readFile(join(again, 'logs/logs/a'), 'utf8')).toBe(half);
    expect(await readFile(join(again, 'redis.log'), 'utf8')).toBe(noise);
  });
});

// Made and gone: what is worked in; then written, named, tidied.
test.each([1, 2, 3, 4, 5, 6, 7])(
  'an opening that is killed %i changes into restore.tar.gz has all of it or none',
  async (changes) => {
    const into = await mkdtemp(join(root, 'late-'));
    let seen = 0;
    const watcher = watch(into, (_, name) => {
      if (name?.startsWith('restore.tar.gz')) seen += 1;
      if (seen >= changes) child.kill('SIGKILL');
    });
    const child = openIn(into, { name: 'logs.tar.zst.age', atByte: 0 });
    const closed = once(child, 'close');
    child.stdout.once('data', () => child.kill('SIGKILL'));
    await closed;
    watcher.close();
    const left = await readdir(into);
    for (const name of left) expect(name).toMatch(/^(evidence\.json|restore\.tar\.gz(\.part-[0-9a-f]{8})?)$/);
    if (!left.includes('restore.tar.gz')) return;
    await run('tar', ['-xzf', join(into, 'restore.tar.gz'), '-C', into]);
    expect(await readFile(join(into, 'backup/service_stores.txt'), 'utf8')).toBe(storesText);
    await run('gzip', ['-t', join(into, 'backup/backup.tar.gz')]);
  },
);

test('an opening that is cancelled half-way leaves nothing at all of what it was at', async () => {
  const into = await mkdtemp(join(root, 'cancelled-'));
  const stop = new AbortController();
  const store = {
    ...forge.store,
    get: async (path: string, options?: { readonly signal?: AbortSignal }) => {
      if (path.endsWith('/redis.log.zst.age')) stop.abort();
      return await forge.store.get(path, options);
    },
  };
  await expect(forge.open(into, { stores: [store], signal: stop.signal })).rejects.toMatchObject({ code: 'cancelled' });
  expect((await readdir(into)).sort()).toEqual(['evidence.json', 'logs', 'restore.tar.gz']);
});
