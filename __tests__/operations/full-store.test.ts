import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDirectory } from '../../src/stores/directory.ts';
import type { Store } from '../../src/stores/store.ts';
import { type BareSite, openBareSite, refusalOf } from './bare-site.ts';

const run = promisify(execFile);

let site: BareSite;
let folder: string;
let store: Store;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'candig-full-'));
  await run('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]);
  store = await openDirectory(folder);
  site = await openBareSite();
});
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
  await run('umount', [folder]);
  await rmdir(folder);
});

test('a backup into a store that fills up says so, leaves no manifest, and the one before it whole', async () => {
  await site.stamp('new');
  const { backupId } = await site.backUp({ store });
  await site.server.psql(
    'clinical',
    'CREATE TABLE more AS SELECT gen_random_uuid() AS a, gen_random_uuid() AS b FROM generate_series(1, 200000)',
  );
  const error = await refusalOf(site.backUp({ store }));
  expect(error.code).toBe('disk-full');
  const names = (await readdir(folder, { recursive: true })).filter((name) => !name.includes(backupId));
  expect(names.filter((name) => name.includes('manifest') || name.includes('clinical'))).toEqual([]);
  expect((await site.verify(backupId, store)).opened).toBe(true);
  expect(await site.recover()).toEqual([]);
});
