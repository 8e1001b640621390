import { expect, test } from 'vitest';
import { planArchive } from '../../../src/sources/postgres/archive.ts';

const head = ['; Archive created at 2026-01-01 00:00:00 UTC', ';     TOC Entries: 12', ';'];
const listing = (...entries: string[]) => [...head, ...entries].join('\n');

test('keeps what a plain role can load, in its order, and leaves out what is set from the evidence', () => {
  const { list, refused } = planArchive(
    listing(
      '5; 2615 16500 SCHEMA - corpus admin',
      '2; 3079 16386 EXTENSION - hstore ',
      '4012; 0 0 COMMENT - EXTENSION hstore ',
      '3412; 1259 16385 TABLE public donor admin',
      '4013; 0 0 ACL public TABLE donor admin',
      '2311; 826 16702 DEFAULT ACL corpus DEFAULT PRIVILEGES FOR TABLES corpus_owner',
      '3900; 0 16385 TABLE DATA public donor admin',
    ),
  );
  expect(list).toBe(
    '5; 2615 16500 SCHEMA - corpus admin\n3412; 1259 16385 TABLE public donor admin\n3900; 0 16385 TABLE DATA public donor admin\n',
  );
  expect(refused).toEqual([]);
});

test.each([
  ['4100; 3466 17000 EVENT TRIGGER - audit admin', 'EVENT TRIGGER - audit'],
  ['4100; 2328 17000 FOREIGN DATA WRAPPER - files admin', 'FOREIGN DATA WRAPPER - files'],
  ['4100; 2612 17000 PROCEDURAL LANGUAGE - plperlu admin', 'PROCEDURAL LANGUAGE - plperlu'],
  ['4100; 6100 17000 SUBSCRIPTION - far admin', 'SUBSCRIPTION - far'],
  ['4100; 2601 17000 ACCESS METHOD - odd admin', 'ACCESS METHOD - odd'],
])('names what needs a superuser: %s', (entry, name) => {
  const { list, refused } = planArchive(listing(entry));
  expect(refused).toEqual([name]);
  expect(list.trim()).toBe('');
});

test('leaves out the schema that was made for an extension, and only that one', () => {
  const made = '5; 2615 16500 SCHEMA - extensions admin';
  const other = '6; 2615 16501 SCHEMA - extensions_too admin';
  expect(planArchive(listing(made, other), ['extensions']).list).toBe(`${other}\n`);
});

test.each(['', 'pg_restore: error: input file is too short', '3412; 1259 16385 TABLE public donor admin'])(
  'refuses %j, which is no table of contents',
  (text) => {
    expect(() => planArchive(text)).toThrow(expect.objectContaining({ code: 'stage-failed' }));
  },
);
