import { expect, test } from 'vitest';
import { commandError, programName } from '../../src/remote/exit-status.ts';

test('says each ending in words of its own', () => {
  const endings = [0, 1, 126, 127, 137, 141, 143, 255].map((status) => ({ status, signal: undefined }));
  const odd = [
    { status: undefined, signal: 'SIGSEGV' },
    { status: undefined, signal: undefined },
  ];
  const messages = [...endings, ...odd].map((exit) => commandError('a@b:22', ['pg_dump', 'secret'], exit, '').message);
  expect(new Set(messages).size).toBe(messages.length);
  for (const message of messages) {
    expect(message).toMatch(/^pg_dump on a@b:22 /);
    expect(message).not.toMatch(/secret|\.$/);
  }
});

test('only a program that is not there is `command-missing`', () => {
  const codeOf = (status: number) => commandError('x', ['y'], { status, signal: undefined }, '').code;
  expect([1, 126, 127, 128].map(codeOf)).toEqual([
    'command-failed',
    'command-failed',
    'command-missing',
    'command-failed',
  ]);
});

test('names the program and the verb of docker, and nothing else', () => {
  expect(programName(['/usr/bin/docker', 'exec', '-i', 'vault'])).toBe('docker exec');
  expect(programName(['docker', '--password=x'])).toBe('docker');
  expect(programName(['printf', 'secret'])).toBe('printf');
  expect(programName(['a\n::error::b'])).not.toMatch(/\n|::/);
});
