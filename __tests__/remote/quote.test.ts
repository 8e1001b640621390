import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quote } from '../../src/remote/quote.ts';

const word = fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => !text.includes('\0') && text.isWellFormed());
const shellish = fc.string({ unit: fc.constantFrom(...'\'"\\$`!*?[]{}()<>|&;#~ \t\n\r%=-aé') });

test('any words reach a program through a real shell, byte for byte', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(word, shellish), { minLength: 1, maxLength: 20 }), (words) => {
      const got = execFileSync('/bin/sh', ['-c', quote(['printf', '%s\\0', ...words])], { encoding: 'utf8' });
      expect(got.split('\0').slice(0, -1)).toEqual(words);
    }),
    { numRuns: 300 },
  );
});

test('a program name is never a keyword or an assignment', () => {
  for (const name of ['if', 'time', 'A=b', '{', '!']) {
    expect(() => execFileSync('/bin/sh', ['-c', `${quote([name])} 2>&1`])).toThrow(/status|failed/i);
  }
});

test('refuses what no argument can carry', () => {
  for (const bad of ['a\0b', '\udc00', 'x'.repeat(200_000)]) {
    expect(() => quote(['true', bad])).toThrow(expect.objectContaining({ code: 'input-invalid' }));
  }
  expect(() => quote([''])).toThrow(expect.objectContaining({ code: 'input-invalid' }));
});
