import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CatalogEntry, listBackups } from '../../src/backups/catalog.ts';
import { findBackup } from '../../src/backups/find.ts';
import { keepManifest } from '../../src/backups/kept.ts';
import { objectPath } from '../../src/backups/layout.ts';
import { encodeManifest, type Manifest } from '../../src/backups/manifest.ts';
import { putObject } from '../../src/backups/objects.ts';
import { signManifest } from '../../src/backups/signing.ts';
import { parseSite } from '../../src/backups/site.ts';
import { BackupError } from '../../src/errors.ts';
import type { Store } from '../../src/stores/store.ts';
import { contents, idAt, manifestOf, newKeys, newStore, putText, site } from './sample.ts';

const now = new Date('2026-11-25T12:00:00Z');
let keys: Awaited<ReturnType<typeof newKeys>>;
let others: Awaited<ReturnType<typeof newKeys>>;
let opened: Awaited<ReturnType<typeof newStore>>;
let store: Store;
beforeAll(async () => {
  keys = await newKeys();
  others = await newKeys();
});
beforeEach(async () => {
  opened = await newStore();
  store = opened.store;
});
afterEach(() => opened[Symbol.asyncDispose]());

describe('the catalog', () => {
  test('of a site without backups is empty', async () => {
    expect(await list()).toEqual([]);
    await keep(manifestOf('2026-11-22T03:15:00Z', { site: parseSite('elsewhere') }));
    expect(await list()).toEqual([]);
  });

  test('names whole backups, newest first, with what they hold', async () => {
    const begun = ['2026-11-22T03:15:00Z', '2026-11-24T03:15:00Z', '2025-12-31T23:59:59Z', '2026-11-23T03:15:00Z'];
    for (const each of begun) await keep(manifestOf(each));
    const entries = await list();
    expect(entries.map(({ id }) => id.slice(0, 8))).toEqual(['20261124', '20261123', '20261122', '20251231']);
    for (const { state, manifest, digest, objects, sizeBytes, trouble } of entries) {
      expect(state).toBe('whole');
      expect(trouble).toBeUndefined();
      expect(manifest?.site).toBe(site);
      expect(digest).toMatch(/^[0-9a-f]{64}$/);
      expect(objects).toBe(contents.size + 2);
      expect(sizeBytes).toBeGreaterThan(1000);
    }
  });

  test('passes over what is no backup', async () => {
    const manifest = manifestOf('2026-11-22T03:15:00Z');
    await keep(manifest);
    for (const path of [
      'hospital/readme.txt',
      'hospital/20261122/manifest.json',
      'hospital/20261322T031500Z-4f9a2c81d0/manifest.json',
      `hospital/old/${manifest.id}/manifest.json`,
      `hospital/${manifest.id}/deeper/manifest.json`,
    ]) {
      await putText(store, path, 'x');
    }
    expect(await states()).toEqual(['whole']);
  });

  test('calls a backup incomplete wherever its writing was cut, until the manifest is there', async () => {
    const steps = contents.size + 2;
    for (let cut = 1; cut <= steps; cut += 1) {
      await using mine = await newStore();
      const manifest = manifestOf('2026-11-22T03:15:00Z');
      const bytes = Buffer.from(encodeManifest(manifest));
      const writes: [string, Buffer][] = [
        ...contents,
        ['manifest.json.minisig', Buffer.from(signManifest(bytes, manifest, keys.key))],
        ['manifest.json', bytes],
      ];
      for (const [name, content] of writes.slice(0, cut)) {
        await putText(mine.store, objectPath(manifest, name), content);
      }
      const [entry] = await listBackups(mine.store, site, keys.publicKey);
      expect(entry?.state).toBe(cut === steps ? 'whole' : 'incomplete');
      expect(entry?.objects).toBe(cut);
      const wanted = () => findBackup(entry ? [entry] : [], manifest.id, [], now);
      if (cut < steps) expect(wanted).toThrowError(expect.objectContaining({ code: 'backup-missing' }));
      else expect(wanted().id).toBe(manifest.id);
    }
  });

  test('calls a backup damaged when an object is missing', async () => {
    const manifest = await keep(manifestOf('2026-11-22T03:15:00Z'));
    await store.remove(objectPath(manifest, 'genomic.dump.age'));
    const [entry] = await list();
    expect(entry).toMatchObject({
      state: 'damaged',
      trouble: { code: 'object-missing' },
      manifest: { id: manifest.id },
    });
  });

  test.each([0, 19, 21])('calls a backup damaged when an object has %i bytes in place of 20', async (sizeBytes) => {
    const manifest = await keep(manifestOf('2026-11-22T03:15:00Z'));
    await truncate(join(opened.root, objectPath(manifest, 'genomic.dump.age')), sizeBytes);
    const [entry] = await list();
    expect(entry).toMatchObject({ state: 'damaged', trouble: { code: 'object-damaged' } });
  });

  test('calls a backup forged when it is not signed, or by another key', async () => {
    const [unsigned, foreign] = [manifestOf('2026-11-22T03:15:00Z'), manifestOf('2026-11-23T03:15:00Z')];
    await putContents(unsigned);
    await putText(store, objectPath(unsigned, 'manifest.json'), encodeManifest(unsigned));
    await putContents(foreign);
    await keepManifest(store, foreign, others.key);
    expect(await states()).toEqual(['forged', 'forged']);
    expect((await list())[0]?.manifest).toBeUndefined();
  });

  test('calls a backup forged once its manifest is moved to another id', async () => {
    const manifest = await keep(manifestOf('2026-11-22T03:15:00Z'));
    const moved = { ...manifest, id: idAt('2026-11-24T03:15:00Z') };
    for (const name of [...contents.keys(), 'manifest.json', 'manifest.json.minisig']) {
      await store.put(objectPath(moved, name), await store.get(objectPath(manifest, name)));
    }
    expect(await states()).toEqual(['forged', 'whole']);
  });

  test('calls a backup never whole again, whatever becomes of its manifest', async () => {
    const manifest = await keep(manifestOf('2026-11-22T03:15:00Z'));
    const file = join(opened.root, objectPath(manifest, 'manifest.json'));
    const bytes = await readFile(file);
    const mutations = [
      Buffer.alloc(0),
      Buffer.from('not JSON'),
      Buffer.from(bytes.toString().replace('candig-backup/1', 'candig-backup/2')),
      ...Array.from({ length: 40 }, (_, index) => bytes.subarray(0, Math.floor((bytes.length * index) / 40))),
      ...Array.from({ length: 200 }, (_, index) => flipped(bytes, (index * 37) % (bytes.length * 8))),
    ];
    for (const mutation of mutations) {
      await writeFile(file, mutation);
      const [entry] = await list();
      expect(entry?.state).toBe('forged');
      const [unkeyed] = await listBackups(store, site, undefined);
      expect(['damaged', 'unverified']).toContain(unkeyed?.state);
      expect(() =>
        findBackup(
          [entry, unkeyed].filter((it) => it !== undefined),
          'latest',
          [],
          now,
        ),
      ).toThrowError();
    }
    await writeFile(file, bytes);
    expect(await states()).toEqual(['whole']);
  });

  test('calls a backup damaged when what is signed is no manifest', async () => {
    const manifest = manifestOf('2026-11-22T03:15:00Z');
    const bytes = Buffer.from('{"format":"candig-backup/9"}\n');
    await putText(store, objectPath(manifest, 'manifest.json'), bytes);
    await putText(store, objectPath(manifest, 'manifest.json.minisig'), signManifest(bytes, manifest, keys.key));
    expect(await list()).toMatchObject([{ state: 'damaged', trouble: { code: 'manifest-invalid' } }]);
  });

  test('calls backups unverified without a public key, and still sees damage', async () => {
    await keep(manifestOf('2026-11-22T03:15:00Z'));
    const broken = await keep(manifestOf('2026-11-23T03:15:00Z'));
    await store.remove(objectPath(broken, 'clinical.dump.age'));
    const entries = await listBackups(store, site, undefined);
    expect(entries.map(({ state }) => state)).toEqual(['damaged', 'unverified']);
    expect(() => findBackup(entries, entries[1]?.id ?? '', [], now)).toThrowError(
      expect.objectContaining({ code: 'signature-invalid', hint: expect.stringContaining('public key') }),
    );
  });

  test('rejects when the store is out of reach, rather than call everything damaged', async () => {
    await keep(manifestOf('2026-11-22T03:15:00Z'));
    const gone: Store = {
      ...store,
      get: () => Promise.reject(new BackupError('connection-lost', 'the connection was lost')),
    };
    await expect(listBackups(gone, site, keys.publicKey)).rejects.toMatchObject({ code: 'connection-lost' });
  });
});

async function list(): Promise<CatalogEntry[]> {
  return await listBackups(store, site, keys.publicKey);
}

async function states(): Promise<string[]> {
  return (await list()).map(({ state }) => state);
}

async function putContents(manifest: Manifest): Promise<void> {
  for (const [name, content] of contents) await putObject(store, manifest, name, Readable.from([content]));
}

async function keep(manifest: Manifest): Promise<Manifest> {
  await putContents(manifest);
  await keepManifest(store, manifest, keys.key);
  return manifest;
}

function flipped(original: Buffer, bit: number): Buffer {
  const copy = Buffer.from(original);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}
