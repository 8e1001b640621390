import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openDirectory } from '../../src/stores/directory.ts';
import type { Store } from '../../src/stores/store.ts';
import { all, bytesOf, digest } from '../contracts/store.ts';

const script = join(import.meta.dirname, 'put-child.ts');
const content = randomBytes(2_000_000);
// The first and last bytes, and evenly in between.
const offsets = [0, 1, ...Array.from({ length: 32 }, (_, index) => (index + 1) * 60_000), 1_999_999, 2_000_000];

describe('a put whose process is killed', () => {
  let root: string;
  let store: Store;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'candig-backup-killed-'));
    store = await openDirectory(root);
  });
  afterAll(() => rm(root, { recursive: true }));

  test.each(offsets)('at byte %i of 2,000,000 has kept nothing, and can be done again', async (offset) => {
    const path = `site/at-${offset}/object`;
    await using child = put(root, path);
    child.stdin.write(content.subarray(0, offset));
    await vi.waitFor(async () => expect(await partSize(join(root, `site/at-${offset}`))).toBe(offset), waiting);
    await child.kill();

    expect(await all(store, `site/at-${offset}`)).toEqual([]);
    await expect(store.get(path)).rejects.toMatchObject({ code: 'object-missing' });
    await store.put(path, Readable.from([content]));
    expect(digest(await bytesOf(store, path))).toBe(digest(content));
  });

  // From the last byte on, whatever the folder is seen to do next is the moment: written, synced, named, tidied.
  test.each([0, 1, 2, 3])('%i changes of its folder after its last byte has kept all or nothing', async (changes) => {
    const folder = `site/after-${changes}`;
    const path = `${folder}/object`;
    await using child = put(root, path);
    child.stdin.write(content.subarray(0, -1));
    await vi.waitFor(async () => expect(await partSize(join(root, folder))).toBe(content.length - 1), waiting);

    const seen = watching(join(root, folder), changes);
    child.stdin.end(content.subarray(-1));
    await Promise.race([seen, child.closed]);
    await child.kill();
    const kept = await all(store, folder);
    if (kept.length === 0) await store.put(path, Readable.from([content]));
    expect(await all(store, folder)).toEqual([{ path, sizeBytes: content.length }]);
    expect(digest(await bytesOf(store, path))).toBe(digest(content));
  });
});

const waiting = { timeout: 30_000, interval: 5 };

interface Put extends AsyncDisposable {
  readonly stdin: Writable;
  readonly closed: Promise<unknown>;
  kill(): Promise<void>;
}

function put(root: string, path: string): Put {
  const child: ChildProcessByStdio<Writable, null, null> = spawn(
    process.execPath,
    [script, JSON.stringify({ kind: 'directory', path: root }), path],
    {
      stdio: ['pipe', 'ignore', 'inherit'],
    },
  );
  const closed = once(child, 'close');
  // The pipe breaks when the child is killed with bytes under way, as it is meant to.
  child.stdin.on('error', () => {});
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await closed;
  };
  return { stdin: child.stdin, closed, kill, [Symbol.asyncDispose]: kill };
}

async function partSize(folder: string): Promise<number> {
  const [part, ...others] = await readdir(folder);
  expect(part).toMatch(/^\.part-/);
  expect(others).toEqual([]);
  return (await stat(join(folder, part ?? ''))).size;
}

function watching(folder: string, changes: number): Promise<void> {
  return new Promise((resolve) => {
    if (changes === 0) return resolve();
    let seen = 0;
    const watcher = watch(folder, () => {
      seen += 1;
      if (seen < changes) return;
      watcher.close();
      resolve();
    });
    watcher.unref();
  });
}
