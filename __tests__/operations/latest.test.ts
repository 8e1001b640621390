import { readdir, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepManifest } from '../../src/backups/kept.ts';
import { manifestName, objectPath, signatureName } from '../../src/backups/layout.ts';
import type { Manifest } from '../../src/backups/manifest.ts';
import { findCopies } from '../../src/operations/sealed-backup.ts';
import { contents, manifestOf, newKeys, newStore, putText, site } from '../backups/sample.ts';
import { refusalOf } from './bare-site.ts';

let kept: Awaited<ReturnType<typeof newStore>>;
let keys: Awaited<ReturnType<typeof newKeys>>;
let warned: string[];

beforeEach(async () => {
  kept = await newStore();
  keys = await newKeys();
  warned = [];
});
afterEach(async () => await kept[Symbol.asyncDispose]());

async function keep(begun: string, changes: Partial<Manifest> = {}): Promise<Manifest> {
  const manifest = manifestOf(begun, changes);
  for (const [name, bytes] of contents) await putText(kept.store, objectPath(manifest, name), bytes);
  await keepManifest(kept.store, manifest, keys.key);
  return manifest;
}

const fileOf = ({ id }: Manifest, name: string) => join(kept.root, site, id, name);

const open = async (backup: 'latest' | Manifest['id'], now = '2026-11-25T12:00:00Z') =>
  (
    await findCopies({ site, stores: [kept.store], backup, publicKey: keys.publicKey }, ['databases'], {
      log: { phase: () => {}, info: () => {}, warn: (line) => void warned.push(line), progress: () => {} },
      signal: new AbortController().signal,
      now: () => new Date(now),
    })
  ).whole[0];

const spoilings: readonly [string, string, (manifest: Manifest) => Promise<void>][] = [
  ['lost an object', 'damaged', async (manifest) => await rm(fileOf(manifest, 'clinical.dump.age'))],
  ['is cut short', 'damaged', async (manifest) => await truncate(fileOf(manifest, 'genomic.dump.age'), 3)],
  ['has lost its signature', 'forged', async (manifest) => await rm(fileOf(manifest, signatureName))],
];

test.each(spoilings)('a newer backup that %s is not passed over without a word: %s', async (_, state, spoil) => {
  const older = await keep('2026-11-24T00:00:00Z');
  const newer = await keep('2026-11-25T00:00:00Z');
  expect((await open('latest')).ref.id).toBe(newer.id);
  await spoil(newer);
  const error = await refusalOf(open('latest'));
  expect(error.code).toBe('backup-missing');
  expect(error.message).toContain(`${newer.id} (${state})`);
  expect(error.hint).toContain(older.id);
  expect((await open(older.id)).ref.id).toBe(older.id);
});

test('a spoilt one that another clock dated a little ahead is refused as well, one of a far future is not', async () => {
  const older = await keep('2026-11-25T11:00:00Z');
  const far = await keep('2027-11-25T12:00:00Z');
  await rm(fileOf(far, signatureName));
  expect((await open('latest')).ref.id).toBe(older.id);
  const ahead = await keep('2026-11-25T12:04:00Z');
  expect((await open('latest')).ref.id).toBe(ahead.id);
  await rm(fileOf(ahead, signatureName));
  expect((await refusalOf(open('latest'))).message).toContain(ahead.id);
});

test('a spoilt one that is older is of no account', async () => {
  const older = await keep('2026-11-24T00:00:00Z');
  await rm(fileOf(older, signatureName));
  const newer = await keep('2026-11-25T00:00:00Z');
  expect((await open('latest')).ref.id).toBe(newer.id);
  expect(warned).toEqual([]);
});

test('a newer one that was never finished is named, and the one before it is taken', async () => {
  const older = await keep('2026-11-24T00:00:00Z');
  const newer = await keep('2026-11-25T00:00:00Z');
  await rm(fileOf(newer, manifestName));
  expect(await readdir(join(kept.root, site, newer.id))).not.toContain(manifestName);
  expect((await open('latest')).ref.id).toBe(older.id);
  expect(warned).toEqual([`Backup ${newer.id} was never finished`]);
});
