import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { keepManifest, openManifest, peekManifest } from '../../src/backups/kept.ts';
import { objectPath } from '../../src/backups/layout.ts';
import { digestOf, encodeManifest } from '../../src/backups/manifest.ts';
import { signManifest, verifyManifest } from '../../src/backups/signing.ts';
import { parseSite } from '../../src/backups/site.ts';
import { isBackupError } from '../../src/errors.ts';
import { sign, verifySignature } from '../../src/seal/minisign.ts';
import type { Store } from '../../src/stores/store.ts';
import { all, bytesOf } from '../contracts/store.ts';
import { idAt, manifestOf, newKeys, newStore, putText } from './sample.ts';

const manifest = manifestOf('2026-11-22T03:15:00Z');
const bytes = Buffer.from(encodeManifest(manifest));
const manifestPath = objectPath(manifest, 'manifest.json');
const signaturePath = objectPath(manifest, 'manifest.json.minisig');
let keys: Awaited<ReturnType<typeof newKeys>>;
let others: Awaited<ReturnType<typeof newKeys>>;
beforeAll(async () => {
  keys = await newKeys();
  others = await newKeys();
});

describe('a signature over a manifest', () => {
  test('verifies, and names site and backup in its trusted comment', () => {
    const signature = signManifest(bytes, manifest, keys.key);
    verifyManifest(bytes, signature, manifest, keys.publicKey);
    expect(verifySignature(bytes, signature, keys.publicKey).trustedComment).toBe(
      `candig-backup site=hospital id=${manifest.id}`,
    );
  });

  test('is refused once any bit of the manifest is flipped, or it is cut', () => {
    const signature = signManifest(bytes, manifest, keys.key);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      expectForged(() => verifyManifest(flipped(bytes, bit), signature, manifest, keys.publicKey));
    }
    for (let length = 0; length < bytes.length; length += 1) {
      expectForged(() => verifyManifest(bytes.subarray(0, length), signature, manifest, keys.publicKey));
    }
  });

  test('is refused once any bit between its untrusted first line and its last newline is flipped', () => {
    const signature = Buffer.from(signManifest(bytes, manifest, keys.key));
    for (let bit = (signature.indexOf('\n') + 1) * 8; bit < (signature.length - 1) * 8; bit += 1) {
      expectForged(() => verifyManifest(bytes, flipped(signature, bit).toString(), manifest, keys.publicKey));
    }
  });

  test('is refused from another key, and for another site, backup or purpose', () => {
    const signature = signManifest(bytes, manifest, keys.key);
    const elsewhere = { ...manifest, site: parseSite('hospital-test') };
    const later = { ...manifest, id: idAt('2026-11-23T03:15:00Z') };
    expectForged(() => verifyManifest(bytes, signature, manifest, others.publicKey));
    expectForged(() => verifyManifest(bytes, signature, elsewhere, keys.publicKey));
    expectForged(() => verifyManifest(bytes, signature, later, keys.publicKey));
    expectForged(() => verifyManifest(bytes, sign(bytes, keys.key, 'timestamp:1'), manifest, keys.publicKey));
  });
});

describe('a kept manifest', () => {
  let opened: Awaited<ReturnType<typeof newStore>>;
  let store: Store;
  beforeEach(async () => {
    opened = await newStore();
    store = opened.store;
  });
  afterEach(() => opened[Symbol.asyncDispose]());

  test('opens with its digest', async () => {
    const kept = await keepManifest(store, manifest, keys.key);
    expect(kept).toEqual({ manifest, digest: digestOf(bytes) });
    expect(await openManifest(store, manifest, keys.publicKey)).toEqual(kept);
    expect(await peekManifest(store, manifest)).toEqual(kept);
    expect(await bytesOf(store, manifestPath)).toEqual(bytes);
    expect(await all(store, 'hospital')).toHaveLength(2);
  });

  test('is never there without its signature, wherever the writing was cut', async () => {
    await putText(store, manifestPath, 'in the way');
    await expect(keepManifest(store, manifest, keys.key)).rejects.toMatchObject({ code: 'object-exists' });
    expect((await all(store, 'hospital')).map(({ path }) => path)).toContain(signaturePath);
    await store.remove(manifestPath);
    await expect(openManifest(store, manifest, keys.publicKey)).rejects.toMatchObject({ code: 'backup-missing' });
  });

  test('never takes the place of another', async () => {
    await keepManifest(store, manifest, keys.key);
    const second = { ...manifest, reason: 'safety' as const };
    await expect(keepManifest(store, second, keys.key)).rejects.toMatchObject({ code: 'object-exists' });
    expect((await openManifest(store, manifest, keys.publicKey)).manifest.reason).toBe('regular');
  });

  test('is refused before anything is written if it could not be read again', async () => {
    const bad = { ...manifest, objects: [...manifest.objects, ...manifest.objects] };
    await expect(keepManifest(store, bad, keys.key)).rejects.toMatchObject({ code: 'manifest-invalid' });
    expect(await all(store, 'hospital')).toEqual([]);
  });

  test('is missing when there is none, or not even a folder', async () => {
    await expect(openManifest(store, manifest, keys.publicKey)).rejects.toMatchObject({ code: 'backup-missing' });
    await expect(peekManifest(store, manifest)).rejects.toMatchObject({ code: 'backup-missing' });
  });

  test('does not open without a signature, with an endless one, or with text in its place', async () => {
    await putText(store, manifestPath, bytes);
    await expect(openManifest(store, manifest, keys.publicKey)).rejects.toMatchObject({ code: 'signature-invalid' });
    for (const text of ['', 'x', 'x'.repeat(100_000)]) {
      await putText(store, signaturePath, text);
      await expect(openManifest(store, manifest, keys.publicKey)).rejects.toMatchObject({ code: 'signature-invalid' });
      await store.remove(signaturePath);
    }
  });

  test('does not open under the name of another backup or of another site', async () => {
    await keepManifest(store, manifest, keys.key);
    const later = { ...manifest, id: idAt('2026-11-23T03:15:00Z') };
    const elsewhere = { ...manifest, site: parseSite('hospital-test') };
    for (const moved of [later, elsewhere]) {
      await putText(store, objectPath(moved, 'manifest.json'), bytes);
      await putText(store, objectPath(moved, 'manifest.json.minisig'), await bytesOf(store, signaturePath));
      await expect(openManifest(store, moved, keys.publicKey)).rejects.toMatchObject({ code: 'signature-invalid' });
      await expect(peekManifest(store, moved)).rejects.toMatchObject({ code: 'manifest-invalid' });
    }
  });

  test('does not open if it is signed with the right comment but is of another backup', async () => {
    const later = { ...manifest, id: idAt('2026-11-23T03:15:00Z') };
    await putText(store, objectPath(later, 'manifest.json'), bytes);
    await putText(store, objectPath(later, 'manifest.json.minisig'), signManifest(bytes, later, keys.key));
    await expect(openManifest(store, later, keys.publicKey)).rejects.toMatchObject({ code: 'manifest-invalid' });
  });

  test('is not read past the most a manifest may have', async () => {
    await putText(store, manifestPath, '{');
    await writeFile(join(opened.root, manifestPath), Buffer.alloc(5 * 1024 * 1024, ' '));
    await expect(peekManifest(store, manifest)).rejects.toMatchObject({ code: 'manifest-invalid' });
    await expect(openManifest(store, manifest, keys.publicKey)).rejects.toMatchObject({ code: 'manifest-invalid' });
  });
});

function flipped(original: Buffer, bit: number): Buffer {
  const copy = Buffer.from(original);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

function expectForged(verify: () => void): void {
  try {
    verify();
  } catch (error) {
    if (isBackupError(error, 'signature-invalid')) return;
    throw error;
  }
  expect.unreachable('a signature was accepted');
}
