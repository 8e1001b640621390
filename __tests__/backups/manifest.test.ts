import { describe, expect, test } from 'vitest';
import {
  decodeManifest,
  digestOf,
  encodeManifest,
  type Manifest,
  maxManifestBytes,
} from '../../src/backups/manifest.ts';
import { parseSite } from '../../src/backups/site.ts';
import { isBackupError } from '../../src/errors.ts';
import { idAt, manifestOf, objectOf } from './sample.ts';

const good = manifestOf('2026-11-22T03:15:00Z', {
  previous: { id: idAt('2026-11-21T03:15:00Z'), digest: 'a'.repeat(64) },
  parts: [
    { name: 'databases', status: 'complete' },
    { name: 'vault', status: 'failed', code: 'command-failed' },
  ],
});
const invalid = expect.objectContaining({
  code: 'manifest-invalid',
  message: expect.stringMatching(/^[\x20-\x7e…]+$/),
});

describe('a manifest', () => {
  test('reads back as it was written', () => {
    expect(decodeManifest(encodeManifest(good), good)).toEqual(good);
  });

  test('is JSON for people, in one order of fields, with a newline at its end', () => {
    const text = Buffer.from(encodeManifest(good)).toString();
    expect(text).toBe(`${JSON.stringify(good, null, 2)}\n`);
    const scrambled = Object.fromEntries(Object.entries(good).reverse()) as unknown as Manifest;
    expect(Object.keys(scrambled)[0]).toBe('objects');
    expect(Buffer.from(encodeManifest(scrambled)).toString()).toBe(text);
  });

  test('has the SHA-256 of its bytes as digest', () => {
    expect(digestOf(Buffer.from('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  test('may be one of 10,000 objects', () => {
    const objects = Array.from({ length: 10_000 }, (_, index) => objectOf(`object-${index}.age`, Buffer.from('x')));
    const many = { ...good, objects };
    expect(decodeManifest(encodeManifest(many), many).objects).toHaveLength(10_000);
  });

  test('is refused over 4 MiB, written or read', () => {
    const objects = Array.from({ length: 40_000 }, (_, index) => objectOf(`object-${index}.age`, Buffer.from('x')));
    expect(() => encodeManifest({ ...good, objects })).toThrowError(invalid);
    expect(() => decodeManifest(Buffer.alloc(maxManifestBytes + 1, ' '), good)).toThrowError(invalid);
  });

  test('is refused for another site or another backup', () => {
    const bytes = encodeManifest(good);
    expect(() => decodeManifest(bytes, { ...good, site: parseSite('elsewhere') })).toThrowError(/not elsewhere$/);
    expect(() => decodeManifest(bytes, { ...good, id: idAt('2026-11-22T03:15:00Z') })).toThrowError(invalid);
  });

  test('names the format it does not know', () => {
    const next = change((it) => ({ ...it, format: 'candig-backup/2', shape: 'new' }));
    expect(() => decodeManifest(next, good)).toThrowError(/"candig-backup\/2", and only candig-backup\/1 is known/);
  });

  test.each<[string, (manifest: Manifest) => unknown]>([
    ['has no format', ({ format: _, ...rest }) => rest],
    ['is null', () => null],
    ['is a list', () => []],
    ['is a number', () => 1],
    ['has a field nobody knows', (it) => ({ ...it, extra: 1 })],
    ['has a field nobody knows in an object', (it) => ({ ...it, objects: [{ ...it.objects[0], '\n::x': 1 }] })],
    ['lacks its objects', ({ objects: _, ...rest }) => rest],
    ['names an object twice', (it) => ({ ...it, objects: [...it.objects, ...it.objects] })],
    ['names a part twice', (it) => ({ ...it, parts: [...it.parts, ...it.parts] })],
    ['has a part nobody knows', (it) => ({ ...it, parts: [{ name: 'x', status: 'complete' }] })],
    ['has a part that failed without a code', (it) => ({ ...it, parts: [{ name: 'databases', status: 'failed' }] })],
    [
      'has a part that is complete with a code',
      (it) => ({ ...it, parts: [{ name: 'databases', status: 'complete', code: 'x' }] }),
    ],
    ['has a complete part without objects', (it) => ({ ...it, parts: [{ name: 'logs', status: 'complete' }] })],
    ['has an object of no part', (it) => ({ ...it, parts: [] })],
    ['has an object called as the manifest', (it) => withObject(it, { name: 'manifest.json' })],
    ['has an object called as the signature', (it) => withObject(it, { name: 'manifest.json.minisig' })],
    ['has an object in another folder', (it) => withObject(it, { name: '../x' })],
    ['has an object with a slash', (it) => withObject(it, { name: 'a/b' })],
    ['has a hidden object', (it) => withObject(it, { name: '.part-x' })],
    ['has an object like an option', (it) => withObject(it, { name: '-rf' })],
    ['has an object without a name', (it) => withObject(it, { name: '' })],
    ['has an object called __proto__ of no size', (it) => withObject(it, { name: '__proto__', sizeBytes: -1 })],
    ['has an object of half a byte', (it) => withObject(it, { sizeBytes: 0.5 })],
    ['has an object too large to count', (it) => withObject(it, { sizeBytes: 2 ** 53 })],
    ['has a size in quotes', (it) => withObject(it, { sizeBytes: '20' })],
    ['has a digest in capitals', (it) => withObject(it, { sha256: 'A'.repeat(64) })],
    ['has a digest cut short', (it) => withObject(it, { sha256: 'a'.repeat(63) })],
    ['has a time that is none', (it) => ({ ...it, startedAt: 'yesterday' })],
    ['has a time of another zone', (it) => ({ ...it, startedAt: '2026-11-22T03:15:00+02:00' })],
    ['has a reason nobody knows', (it) => ({ ...it, reason: 'whim' })],
    ['has a site that is a path', (it) => ({ ...it, site: '../x' })],
    ['has an id that is a path', (it) => ({ ...it, id: '../x' })],
    ['says nothing of the one before', ({ previous: _, ...rest }) => rest],
    ['names one before that is no backup', (it) => ({ ...it, previous: { id: 'x', digest: 'a'.repeat(64) } })],
  ])('is refused if it %s', (_, changed) => {
    expect(() => decodeManifest(change(changed), good)).toThrowError(invalid);
    expect(() => encodeManifest(changed(structuredClone(good)) as Manifest)).toThrowError(invalid);
  });

  test.each<[string, (text: string) => string | Buffer]>([
    ['is empty', () => ''],
    ['has no newline at its end', (text) => text.trimEnd()],
    ['has something after its end', (text) => `${text}{}`],
    ['has another newline', (text) => `${text}\n`],
    ['has a byte order mark', (text) => `\ufeff${text}`],
    ['has the line ends of another system', (text) => text.replaceAll('\n', '\r\n')],
    ['is on one line', (text) => JSON.stringify(JSON.parse(text))],
    ['has its fields in another order', (text) => reversed(text)],
    ['says a field twice', (text) => text.replace('"reason"', '"reason": "safety",\n  "reason"')],
    ['has a prototype', (text) => text.replace('"reason"', '"__proto__": { "reason": "safety" },\n  "reason"')],
    ['has a prototype in an object', (text) => text.replace('"part":', '"__proto__": {},\n      "part":')],
    ['writes a letter as an escape', (text) => text.replace('regular', '\\u0072egular')],
    ['writes a number in another way', (text) => text.replace('"sizeBytes": 20', '"sizeBytes": 2e1')],
    ['is not UTF-8', (text) => Buffer.concat([Buffer.from(text), Buffer.of(0xff)])],
    ['is nested without end', () => '['.repeat(maxManifestBytes)],
    ['nests a field without end', (text) => text.replace('"0.1.0"', '['.repeat(100_000) + ']'.repeat(100_000))],
  ])('is refused if it %s', (_, changed) => {
    const text = Buffer.from(encodeManifest(good)).toString();
    const other = changed(text);
    expect(other).not.toBe(text);
    expect(() => decodeManifest(Buffer.from(other), good)).toThrowError(invalid);
  });

  test('is refused when cut at any byte', () => {
    const bytes = encodeManifest(good);
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => decodeManifest(bytes.subarray(0, length), good)).toThrowError(invalid);
    }
  });

  test('with any bit flipped is refused or plainly another one, and fails in no other way', () => {
    const bytes = Buffer.from(encodeManifest(good));
    let refused = 0;
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      try {
        expect(decodeManifest(flipped, good)).not.toEqual(good);
      } catch (error) {
        if (!isBackupError(error, 'manifest-invalid')) throw error;
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(bytes.length * 4);
  });
});

function change(changed: (manifest: Manifest) => unknown): Buffer {
  return Buffer.from(`${JSON.stringify(changed(structuredClone(good)), null, 2)}\n`);
}

function withObject(manifest: Manifest, changes: object): unknown {
  return { ...manifest, objects: [{ ...manifest.objects[0], ...changes }, ...manifest.objects.slice(1)] };
}

function reversed(text: string): string {
  return `${JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text)).reverse()), null, 2)}\n`;
}
