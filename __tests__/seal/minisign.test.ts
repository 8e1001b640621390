import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  generateSigningKey,
  parsePublicKey,
  publicKeyOf,
  readSigningKey,
  sign,
  verifySignature,
} from '../../src/seal/minisign.ts';
import { runTool, tryTool } from './run-tool.ts';

const message = Buffer.from('{"manifest": "of something"}\n');
const password = 'correct horse ü';

let folder: string;
const path = (name: string) => join(folder, name);
const read = (name: string) => readFile(path(name), 'utf8');
const minisign = (args: readonly string[], input?: string) => runTool('minisign', args, input);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'minisign-'));
  await writeFile(path('message'), message);
  minisign(['-G', '-W', '-p', path('plain.pub'), '-s', path('plain.key')]);
  minisign(['-G', '-p', path('locked.pub'), '-s', path('locked.key')], `${password}\n${password}\n`);
  await writeFile(path('unlocked.key'), await read('locked.key'));
  minisign(['-C', '-W', '-s', path('unlocked.key')], `${password}\n`);
});

afterAll(() => rm(folder, { recursive: true }));

const otherKeyText = generateSigningKey();
const ownKey = () => readSigningKey(otherKeyText.secret);

async function acceptedByMinisign(signature: string, publicKey: string): Promise<string> {
  await writeFile(path('ours.minisig'), signature);
  return minisign(['-V', '-Q', '-m', path('message'), '-x', path('ours.minisig'), '-P', publicKey]).toString();
}

describe('signing keys', () => {
  it.each([
    ['made without a password', 'plain', undefined],
    ['made with a password', 'locked', password],
    ['whose password was removed', 'unlocked', undefined],
  ] as const)('reads a minisign key %s, and minisign accepts what it signs', async (_what, name, given) => {
    const key = await readSigningKey(await read(`${name}.key`), given);
    const publicText = await read(`${name === 'plain' ? 'plain' : 'locked'}.pub`);
    expect(publicKeyOf(key)).toEqual(parsePublicKey(publicText));
    const signature = sign(message, key, 'site:uhn backup:1 ü');
    expect(await acceptedByMinisign(signature, publicKeyOf(key).text)).toBe('site:uhn backup:1 ü\n');
  });

  it('asks for the password of a locked key, and says when it is wrong', async () => {
    const text = await read('locked.key');
    await expect(readSigningKey(text)).rejects.toMatchObject({ code: 'key-locked' });
    await expect(readSigningKey(text, '')).rejects.toMatchObject({ code: 'key-locked' });
    const wrong = readSigningKey(text, 'correct horse');
    await expect(wrong).rejects.toMatchObject({ code: 'key-locked', message: expect.not.stringContaining('horse') });
  });

  it('keeps answering while a password is worked on, and gives the memory back', async () => {
    const text = await read('locked.key');
    const rssBefore = process.memoryUsage().rss;
    let ticks = 0;
    const timer = setInterval(() => ticks++, 10);
    await readSigningKey(text, password);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(5);
    expect(process.memoryUsage().rss - rssBefore).toBeLessThan(256 * 1024 * 1024);
  });

  it('makes keys that minisign reads', async () => {
    await writeFile(path('ours.key'), otherKeyText.secret);
    await writeFile(path('ours.pub'), otherKeyText.public);
    minisign(['-S', '-m', path('message'), '-s', path('ours.key'), '-x', path('by-ours.minisig'), '-t', 'hello']);
    minisign(['-V', '-m', path('message'), '-x', path('by-ours.minisig'), '-p', path('ours.pub')]);
    const key = parsePublicKey(otherKeyText.public);
    expect(verifySignature(message, await read('by-ours.minisig'), key)).toEqual({ trustedComment: 'hello' });
  });

  it('makes another key each time', () => {
    expect(generateSigningKey().public).not.toBe(generateSigningKey().public);
  });

  it('refuses a key file with any bit of the key changed', async () => {
    const [comment, line = ''] = otherKeyText.secret.split('\n');
    const bytes = Buffer.from(line, 'base64');
    for (let bit = 54 * 8; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const text = `${comment}\n${changed.toString('base64')}\n`;
      await expect(readSigningKey(text)).rejects.toMatchObject({ code: 'key-invalid' });
    }
  });

  it.each(['', 'x', '\n\n', 'untrusted comment: a\n', 'untrusted comment: a\nAAAA\n', 'AGE-SECRET-KEY-1QQQQ'])(
    'refuses %j as a signing key or public key without echoing it',
    async (text) => {
      const expected = { code: 'key-invalid', message: expect.not.stringContaining('AGE-') };
      await expect(readSigningKey(text, password)).rejects.toMatchObject(expected);
      expect(() => parsePublicKey(text)).toThrow(expect.objectContaining(expected));
    },
  );

  it('refuses a secret key given as public', () => {
    expect(() => parsePublicKey(otherKeyText.secret)).toThrow(expect.objectContaining({ code: 'key-invalid' }));
  });

  it('refuses a key that asks for more work than minisign does', async () => {
    const [comment, line = ''] = (await read('locked.key')).split('\n');
    const bytes = Buffer.from(line, 'base64');
    bytes.writeBigUInt64LE(2n ** 40n, 46);
    const greedy = readSigningKey(`${comment}\n${bytes.toString('base64')}\n`, password);
    await expect(greedy).rejects.toMatchObject({ code: 'key-invalid' });
  });

  it('does not show the secret when printed', async () => {
    const key = await ownKey();
    const secret = Buffer.from(otherKeyText.secret.split('\n')[1] ?? '', 'base64').subarray(62, 94);
    expect(JSON.stringify(key)).not.toContain(secret.toString('base64').slice(0, 20));
    expect(Object.keys(key).sort()).toEqual(['publicKey', 'signBytes']);
  });
});

describe('signatures', () => {
  it.each([
    ['prehashed', []],
    ['legacy', ['-l']],
  ] as const)('accepts a %s signature by minisign with its trusted comment', async (name, flags) => {
    const sigPath = path(`${name}.minisig`);
    minisign(['-S', ...flags, '-m', path('message'), '-s', path('plain.key'), '-x', sigPath, '-t', 'their comment']);
    const key = parsePublicKey(await read('plain.pub'));
    const signature = await readFile(sigPath, 'utf8');
    expect(verifySignature(message, signature, key)).toEqual({ trustedComment: 'their comment' });
    expect(verifySignature(message, signature.replaceAll('\n', '\r\n'), key)).toEqual({
      trustedComment: 'their comment',
    });
    expect(() => verifySignature(Buffer.from('other'), signature, key)).toThrow(/does not fit/);
  });

  it('refuses a signature with any single bit of any byte changed, except in the untrusted comment', async () => {
    const key = await ownKey();
    const signature = Buffer.from(sign(message, key, 'comment'));
    const accepted: number[] = [];
    const signedFrom = signature.indexOf('\n') + 1;
    for (let bit = signedFrom * 8; bit < (signature.length - 1) * 8; bit++) {
      const changed = Buffer.from(signature);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      try {
        verifySignature(message, changed.toString('latin1'), publicKeyOf(key));
        accepted.push(bit);
      } catch (error) {
        expect(error).toMatchObject({ code: 'signature-invalid' });
      }
    }
    expect(accepted).toEqual([]);
  });

  it('refuses a signature cut at any byte before its last line end', async () => {
    const key = await ownKey();
    const signature = sign(message, key, 'comment');
    for (let length = 0; length < signature.length - 1; length++) {
      expect(() => verifySignature(message, signature.slice(0, length), publicKeyOf(key))).toThrow(
        expect.objectContaining({ code: 'signature-invalid' }),
      );
    }
  });

  it('refuses the signature of another key, naming both', async () => {
    const signature = sign(message, await ownKey(), 'comment');
    const other = parsePublicKey(await read('plain.pub'));
    expect(() => verifySignature(message, signature, other)).toThrow(/by key [0-9A-F]{16}, not by [0-9A-F]{16}/);
    await writeFile(path('other.minisig'), signature);
    const theirs = tryTool('minisign', ['-V', '-m', path('message'), '-x', path('other.minisig'), '-P', other.text]);
    expect(theirs.status).not.toBe(0);
  });

  it('refuses another key that took on the name of the right one', async () => {
    const signature = sign(message, await ownKey(), 'comment');
    const right = publicKeyOf(await ownKey());
    const forged = parsePublicKey(generateSigningKey().public);
    expect(() => verifySignature(message, signature, { ...forged, keyId: right.keyId })).toThrow(/does not fit/);
  });

  it('refuses the trusted comment of another signature by the same key', async () => {
    const key = await ownKey();
    const mixed = [
      ...sign(message, key, 'old').split('\n').slice(0, 2),
      ...sign(Buffer.from('other'), key, 'new').split('\n').slice(2),
    ].join('\n');
    expect(() => verifySignature(message, mixed, publicKeyOf(key))).toThrow(/trusted comment/);
  });

  it.each(['two\nlines', 'carriage\rreturn', 'nul\0', 'x'.repeat(8001)])('refuses %j as a comment', async (comment) => {
    const key = await ownKey();
    expect(() => sign(message, key, comment)).toThrow(expect.objectContaining({ code: 'input-invalid' }));
  });

  it('verifies whatever it signed, and nothing else', async () => {
    const key = await ownKey();
    const oneLine = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((text) => !/\p{Cc}/u.test(text));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), oneLine, (a, b, comment) => {
        const signature = sign(a, key, comment);
        expect(verifySignature(a, signature, publicKeyOf(key)).trustedComment).toBe(comment);
        if (!Buffer.from(a).equals(b)) expect(() => verifySignature(b, signature, publicKeyOf(key))).toThrow();
      }),
    );
  });
});
