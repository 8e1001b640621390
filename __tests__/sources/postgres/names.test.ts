import { describe, expect, test } from 'vitest';
import { copyName, identifier, literal, parseDatabaseName } from '../../../src/sources/postgres/names.ts';
import { tailOf } from '../../../src/sources/run-tail.ts';
import { hostileWords } from '../../contracts/hostile-words.ts';

const refusal = expect.objectContaining({ code: 'input-invalid' });

function passes(word: string): boolean {
  try {
    parseDatabaseName(word);
    return true;
  } catch {
    return false;
  }
}

describe('a name of a database', () => {
  test.each(['clinical', 'genomic', 'rnaget_db', 'Drs-2', '_x', 'a'.repeat(45)])('%j passes', (name) => {
    expect(parseDatabaseName(name)).toBe(name);
  });

  test.each([
    'host=evil dbname=x',
    'postgresql://127.0.0.9/x',
    'postgres://127.0.0.9',
    '--version',
    '-c',
    '',
    ' ',
    'a b',
    'a\0b',
    'a\nb',
    'a"b',
    "a'b",
    'a\\b',
    'a;b',
    '1a',
    'é',
    'а',
    'a/b',
    '..',
    'a'.repeat(46),
    'postgres',
    'template0',
    'template1',
  ])('%j is refused', (name) => {
    expect(() => parseDatabaseName(name)).toThrow(refusal);
  });

  test('is refused if a shell could take it for anything but a word', () => {
    const passing = hostileWords.filter((word) => !/^[a-z]+$/.test(word)).filter((word) => passes(word));
    expect(passing).toEqual([]);
  });

  test('is never cut by PostgreSQL, also as the name of a copy', () => {
    const longest = copyName('a'.repeat(45), 'restore', tailOf('20260101T000000Z-0123456789'));
    expect(longest).toMatch(/^\w+$/);
    expect(longest.length).toBeLessThanOrEqual(63);
  });
});

test('the names of one run share a tail that katsu takes for part of a word', () => {
  expect(copyName('clinical', 'before', tailOf('20260101T000000Z-AB3d9f0a'))).toBe('clinical__before_ab3d9f0a');
});

test('an identifier keeps its quotes to itself', () => {
  expect(identifier('a"; DROP TABLE x; --')).toBe('"a""; DROP TABLE x; --"');
});

test('a string keeps quotes and backslashes to itself, whatever standard_conforming_strings says', () => {
  expect(literal("it's")).toBe("'it''s'");
  expect(literal("\\' OR 1")).toBe(" E'\\\\'' OR 1'");
});

test('a NUL is refused in both', () => {
  expect(() => identifier('a\0')).toThrow(refusal);
  expect(() => literal('a\0')).toThrow(refusal);
});
