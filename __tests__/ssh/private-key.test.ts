import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { isBackupError } from '../../src/errors.ts';
import { parsePrivateKey } from '../../src/ssh/private-key.ts';

const folder = mkdtempSync(join(tmpdir(), 'keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

const kinds = [
  ['ed25519', ['-t', 'ed25519']],
  ['ECDSA 256', ['-t', 'ecdsa', '-b', '256']],
  ['ECDSA 384', ['-t', 'ecdsa', '-b', '384']],
  ['ECDSA 521', ['-t', 'ecdsa', '-b', '521']],
  ['RSA', ['-t', 'rsa', '-b', '2048']],
  ['ECDSA in PEM', ['-t', 'ecdsa', '-m', 'PEM']],
  ['RSA in PEM', ['-t', 'rsa', '-b', '2048', '-m', 'PEM']],
  ['ECDSA in PKCS #8', ['-t', 'ecdsa', '-m', 'PKCS8']],
  ['RSA in PKCS #8', ['-t', 'rsa', '-b', '2048', '-m', 'PKCS8']],
] as const;

let count = 0;
function make(args: readonly string[], passphrase = '') {
  count += 1;
  const file = join(folder, String(count));
  execFileSync('ssh-keygen', ['-q', ...args, '-N', passphrase, '-C', '', '-f', file]);
  const fingerprint = execFileSync('ssh-keygen', ['-lf', `${file}.pub`], { encoding: 'utf8' }).split(' ')[1];
  return { text: readFileSync(file, 'utf8'), publicText: readFileSync(`${file}.pub`, 'utf8'), fingerprint };
}

const mishaps = {
  'with CRLF': (text: string) => text.replaceAll('\n', '\r\n'),
  'without its last newline': (text: string) => text.trimEnd(),
  'with blanks around it': (text: string) => `\n  ${text}  \n\n`,
  'with CR alone': (text: string) => text.replaceAll('\n', '\r'),
  'with spaces for newlines': (text: string) => text.trim().replaceAll('\n', ' '),
  'with the two characters \\n for newlines': (text: string) => text.replaceAll('\n', '\\n'),
  'with every line indented': (text: string) => text.replaceAll('\n', '\n    '),
};

describe.each(kinds)('a key of kind %s', (_, args) => {
  const plain = make(args);
  const locked = make(args, 'correct horse');

  test('is read, with or without a passphrase', () => {
    expect(parsePrivateKey(plain.text).fingerprint).toBe(plain.fingerprint);
    expect(parsePrivateKey(plain.text, 'not needed').fingerprint).toBe(plain.fingerprint);
    expect(parsePrivateKey(locked.text, 'correct horse').fingerprint).toBe(locked.fingerprint);
  });

  test.each(Object.entries(mishaps))('is read %s', (_name, spoil) => {
    expect(parsePrivateKey(spoil(plain.text)).fingerprint).toBe(plain.fingerprint);
    expect(parsePrivateKey(spoil(locked.text), 'correct horse').fingerprint).toBe(locked.fingerprint);
  });

  test.each([undefined, '', 'wrong', 'Correct horse'])('stays locked for the passphrase %j', (passphrase) => {
    const trouble = troubleOf(locked.text, passphrase);
    expect(trouble.code).toBe('key-locked');
    expect(trouble.message).toMatch(passphrase ? /not opened/ : /needs a passphrase/);
  });

  test('is refused wherever it was cut', () => {
    const lines = plain.text.trim().split('\n');
    const cuts = [lines.slice(0, -1), lines.slice(0, 3), [...lines.slice(0, 3), lines.at(-1)], lines.slice(1)];
    for (const cut of cuts) {
      expect(troubleOf(cut.join('\n')).code).toBe('key-invalid');
      expect(troubleOf(`${cut.join('\n')}\n`).code).toBe('key-invalid');
    }
    for (let length = 0; length < plain.text.trimEnd().length; length += 37) {
      expect(troubleOf(plain.text.slice(0, length)).code).toBe('key-invalid');
    }
  });

  test('is refused when its public half was given', () => {
    const trouble = troubleOf(plain.publicText);
    expect(trouble.code).toBe('key-invalid');
    expect(trouble.message).toMatch(/public key/);
  });

  test('does not show when it is printed', () => {
    const shown = inspect(parsePrivateKey(plain.text), { depth: 10 }) + JSON.stringify(parsePrivateKey(plain.text));
    expect(shown).not.toMatch(/PRIVATE/);
    expect(shown).not.toContain(plain.text.split('\n')[2]);
  });
});

test.each([
  ['nothing', '', /is empty/],
  ['a word', 'hunter2-canary', /not a key file/],
  ['a key of PuTTY', 'PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\ncanary', /PuTTY/],
  ['a DSA key in PEM', '-----BEGIN DSA PRIVATE KEY-----\nY2FuYXJ5\n-----END DSA PRIVATE KEY-----', /DSA/],
  ['a public key in RFC 4716', '---- BEGIN SSH2 PUBLIC KEY ----\ncanary', /public key/],
  ['a certificate', '-----BEGIN CERTIFICATE-----\nY2FuYXJ5\n-----END CERTIFICATE-----', /key/],
  ['odd characters', '-----BEGIN OPENSSH PRIVATE KEY-----\nca*nary\n-----END OPENSSH PRIVATE KEY-----', /damaged/],
  ['other bytes', '-----BEGIN OPENSSH PRIVATE KEY-----\nY2FuYXJ5\n-----END OPENSSH PRIVATE KEY-----', /damaged/],
])('refuses %s and repeats none of it', (_, text, expected) => {
  const trouble = troubleOf(text);
  expect(trouble.code).toBe('key-invalid');
  expect(trouble.message).toMatch(expected);
  expect(`${trouble.message}${trouble.hint}`).not.toMatch(/canary|Y2Fu/);
});

test('refuses a DSA key by its name', () => {
  const { text } = make(['-t', 'dsa']);
  expect(troubleOf(text)).toMatchObject({ code: 'key-invalid', message: expect.stringMatching(/DSA|ssh-dss/) });
});

test('refuses an ed25519 key in PKCS #8 with a way out', () => {
  const text = execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519'], { encoding: 'utf8' });
  expect(troubleOf(text)).toMatchObject({ code: 'key-invalid', hint: expect.stringContaining('OpenSSH') });
});

test('takes no altered key, and no message tells of any', () => {
  const { text, fingerprint } = make(['-t', 'ed25519']);
  const middle = text.indexOf('\n') + 1;
  for (let at = middle; at < text.lastIndexOf('\n-----END'); at += 1) {
    if (text[at] === '\n') continue;
    const altered = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
    try {
      // Only padding and what stands twice may differ: the key that signs is the same, or it is refused.
      expect(parsePrivateKey(altered).fingerprint).toBe(fingerprint);
    } catch (error) {
      if (!isBackupError(error)) throw error;
      expect(error.message.length).toBeLessThan(100);
    }
  }
});

function troubleOf(text: string, passphrase?: string) {
  try {
    parsePrivateKey(text, passphrase);
  } catch (error) {
    if (isBackupError(error)) return error;
    throw error;
  }
  throw new Error('was taken for a key');
}
