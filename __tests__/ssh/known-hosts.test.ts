import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fingerprintOf } from '../../src/ssh/fingerprint.ts';
import { parseKnownHosts } from '../../src/ssh/known-hosts.ts';
import { makeKey } from '../remote/sshd.ts';

let folder: string;
const lines: Record<string, string> = {};
const keyOf = (name: string) => Buffer.from(lines[name]?.split(' ')[1] ?? '', 'base64');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'known-'));
  for (const [name, type] of [
    ['ed', 'ed25519'],
    ['other', 'ed25519'],
    ['rsa', 'rsa'],
    ['ec', 'ecdsa'],
  ] as const) {
    await makeKey(join(folder, name), type);
    lines[name] = readFileSync(join(folder, `${name}.pub`), 'utf8')
      .trim()
      .split(' ')
      .slice(0, 2)
      .join(' ');
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const judge = (text: string, host: string, port = 22, key = 'ed') =>
  parseKnownHosts(text).judge(host, port, keyOf(key)).kind;

describe('a host is known', () => {
  test.each([
    ['by its name', 'a.example ', 'a.example', 22],
    ['by its name in other letters', 'A.Example ', 'a.eXample', 22],
    ['as one of a list', 'b,a.example,10.0.0.1 ', '10.0.0.1', 22],
    ['by a star', '*.example ', 'a.b.example', 22],
    ['by a question mark', '10.0.0.? ', '10.0.0.7', 22],
    ['by name and port', '[a.example]:2222 ', 'a.example', 2222],
    ['by name and port in a list', 'b,[a.example]:2222,[c]:1 ', 'a.example', 2222],
    ['by its name alone when no line has its port', 'a.example ', 'a.example', 2222],
    ['by an IPv6 address', 'fe80::1 ', 'fe80::1', 22],
    ['by an IPv6 address and a port', '[fe80::1]:2222 ', 'fe80::1', 2222],
    ['by a pattern for name and port', '[*.example]:2222 ', 'a.example', 2222],
  ])('%s', (_, hosts, host, port) => {
    expect(judge(`${hosts}${lines.ed} a comment\n`, host, port)).toBe('known');
    expect(judge(`# x\r\n\r\n  ${hosts}${lines.ed}\r\n`, host, port)).toBe('known');
    expect(judge(`${hosts}${lines.ed}`, host, port, 'other')).toBe('mismatch');
  });

  test.each([
    ['by another name', 'b.example ', 'a.example', 22],
    ['by a name that only starts like it', 'a.example ', 'a.example.evil', 22],
    ['where a dot is any character', 'a.example ', 'aXexample', 22],
    ['by another port', '[a.example]:2223 ', 'a.example', 2222],
    ['by port when asked for the usual one', '[a.example]:2222 ', 'a.example', 22],
    ['in the wrong form of a port', 'a.example:2222 ', 'a.example', 2222],
    ['when it is taken out', '*.example,!a.example ', 'a.example', 22],
    ['when only taken out', '!b.example ', 'a.example', 22],
  ])('never %s', (_, hosts, host, port) => {
    expect(judge(`${hosts}${lines.ed}\n`, host, port)).toBe('unknown');
  });

  test('by lines that ssh-keygen hashed', () => {
    const file = join(folder, 'hashed');
    writeFileSync(file, `a.example,b.example ${lines.ed}\n[a.example]:2222 ${lines.rsa}\n`);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain('example');
    expect(judge(text, 'a.example')).toBe('known');
    expect(judge(text, 'b.example')).toBe('known');
    expect(judge(text, 'c.example')).toBe('unknown');
    expect(judge(text, 'a.example', 2222, 'rsa')).toBe('known');
    expect(judge(text, 'a.example', 2222, 'ed')).toBe('mismatch');
  });
});

test('a revoked key is never known, whatever other lines say', () => {
  expect(judge(`@revoked * ${lines.ed}\na ${lines.ed}\n`, 'a')).toBe('revoked');
  expect(judge(`a ${lines.ed}\n@revoked a ${lines.ed}\n`, 'a', 2222)).toBe('revoked');
  expect(judge(`[a]:2222 ${lines.ed}\n@revoked [a]:2222 ${lines.ed}\n`, 'a', 2222)).toBe('revoked');
  expect(judge(`@revoked a ${lines.other}\na ${lines.ed}\n`, 'a')).toBe('known');
});

test('a certificate authority vouches for nothing here', () => {
  expect(judge(`@cert-authority * ${lines.ed}\n`, 'a')).toBe('unknown');
});

test.each(['', '\n\n', '# only\n# comments\n', '\r\n'])('nothing is known by %j', (text) => {
  expect(judge(text, 'a')).toBe('unknown');
});

test('tells the types of a host in the order of the lines', () => {
  const known = parseKnownHosts(`a ${lines.rsa}\nb ${lines.ed}\na ${lines.ec}\n@revoked a ${lines.ed}\na ${lines.rsa}`);
  expect(known.keyTypes('a', 22)).toEqual(['ssh-rsa', 'ecdsa-sha2-nistp256']);
  expect(known.keyTypes('c', 22)).toEqual([]);
});

test.each([
  ['a key without a host', (line: string) => line],
  ['a key cut short', (line: string) => `a ${line.slice(0, -9)}`],
  // Of four letters three bytes: nothing but the length of the field tells that one is missing.
  ['a key cut between bytes', (line: string) => `a ${line.slice(0, -8)}`],
  ['another type than the key', (line: string) => `a ${line.replace('ssh-ed25519', 'ssh-rsa')}`],
  ['an unknown marker', (line: string) => `@trusted a ${line}`],
  ['a private key', () => '-----BEGIN OPENSSH PRIVATE KEY-----'],
])('refuses %s, by its line', (_, make) => {
  const text = `# comment\n${make(lines.ed ?? '')}\n`;
  const trouble = expect.objectContaining({ code: 'input-invalid', message: expect.stringContaining('Line 2') });
  expect(() => parseKnownHosts(text)).toThrow(trouble);
});

test('leaves keys of protocol 1 out', () => {
  expect(judge(`a 1024 65537 123456789\na ${lines.ed}\n`, 'a')).toBe('known');
});

test('refuses ten megabytes', () => {
  const text = `a ${lines.ed}\n`.repeat(110_000);
  expect(() => parseKnownHosts(text)).toThrow(expect.objectContaining({ code: 'input-invalid' }));
});

test('shows fingerprints as ssh-keygen does', () => {
  for (const name of ['ed', 'rsa', 'ec']) {
    const shown = execFileSync('ssh-keygen', ['-lf', join(folder, `${name}.pub`)], { encoding: 'utf8' });
    expect(shown.split(' ')[1]).toBe(fingerprintOf(keyOf(name)));
  }
});
