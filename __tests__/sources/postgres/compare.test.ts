import { describe, expect, test } from 'vitest';
import { differencesOf, propertyDifferences } from '../../../src/sources/postgres/compare.ts';
import type { Contents, Properties } from '../../../src/sources/postgres/evidence.ts';

const contents: Contents = {
  tables: [
    { schema: 'public', name: 'donor', rows: '2', by: 'columns', digest: '17' },
    { schema: 'public', name: 'mood', rows: '1', by: 'text', digest: '-5' },
  ],
  rowHashProbe: '1',
  sequences: [{ schema: 'public', name: 'donor_id_seq', low: '20', high: '9007199254740999' }],
  largeObjects: { count: '1', digest: '3' },
  structure: { 'relation public.donor': 'a', 'constructor public': 'b' },
};

function changed(change: (copy: Contents) => void): string[] {
  const copy = structuredClone(contents);
  change(copy);
  return differencesOf(contents, copy);
}

/** Gives what there is at `at`, as something that can be changed. */
function edit<Item>(items: readonly Item[], at: number, change: Partial<Item>): void {
  Object.assign(items[at] as object, change);
}

describe('a copy', () => {
  test('that is the same has no differences', () => {
    expect(changed(() => {})).toEqual([]);
  });

  test('with another digest, number of rows or way of hashing is another', () => {
    expect(changed((copy) => edit(copy.tables, 0, { digest: '18' }))).toEqual([
      'table public.donor has other contents',
    ]);
    expect(changed((copy) => edit(copy.tables, 0, { rows: '3' }))).toEqual([
      'table public.donor has another number of rows',
    ]);
    expect(changed((copy) => edit(copy.tables, 1, { by: 'columns' }))).toEqual([
      'table public.mood has other contents',
    ]);
  });

  test('with a table more or less is another', () => {
    expect(changed((copy) => copy.tables.pop())).toContain('table public.mood is missing');
    expect(
      changed((copy) => copy.tables.push({ ...contents.tables[0], name: 'x' } as (typeof copy.tables)[0])),
    ).toEqual(['the number of tables is another']);
  });

  test('of a server that hashes otherwise cannot be compared', () => {
    expect(changed((copy) => Object.assign(copy, { rowHashProbe: '2' }))).toHaveLength(1);
  });

  test.each(['19', '9007199254741000'])('whose sequence stands at %s, outside what the dump saw, is another', (at) => {
    expect(changed((copy) => edit(copy.sequences, 0, { low: at, high: at }))).toEqual([
      'sequence public.donor_id_seq stands at another value',
    ]);
  });

  test.each(['20', '21', '9007199254740999'])('whose sequence stands at %s, within, is the same', (at) => {
    expect(changed((copy) => edit(copy.sequences, 0, { low: at, high: at }))).toEqual([]);
  });

  test('with other large objects is another', () => {
    expect(changed((copy) => Object.assign(copy.largeObjects, { digest: '4' }))).toHaveLength(1);
    expect(changed((copy) => Object.assign(copy.largeObjects, { count: '2' }))).toHaveLength(1);
  });

  test('with an object missing, added or changed is another, whatever it is called', () => {
    expect(changed((copy) => delete copy.structure['constructor public'])).toEqual(['constructor public is missing']);
    expect(changed((copy) => Object.assign(copy.structure, { 'index x': 'c' }))).toEqual([
      'index x is not in the backup',
    ]);
    expect(changed((copy) => Object.assign(copy.structure, { 'relation public.donor': 'z' }))).toEqual([
      'relation public.donor is different',
    ]);
  });

  test('does not confuse names that only look alike when joined by a dot', () => {
    const twins = { ...contents.tables[0], schema: 'a', name: 'b.c' } as (typeof contents.tables)[0];
    const two: Contents = { ...contents, tables: [twins, { ...twins, schema: 'a.b', name: 'c', rows: '9' }] };
    expect(differencesOf(two, structuredClone(two))).toEqual([]);
  });
});

describe('the properties of a copy', () => {
  const properties: Properties = {
    owner: 'admin',
    encoding: 'UTF8',
    collate: 'C',
    ctype: 'C',
    localeProvider: 'c',
    locale: null,
    connectionLimit: -1,
    comment: null,
    acl: [{ grantee: null, privilege: 'CONNECT', grantable: false }],
    settings: [{ role: null, values: ['timezone=UTC'] }],
  };

  test('are the same whatever the order of their keys', () => {
    const acl = [{ privilege: 'CONNECT', grantable: false, grantee: null }];
    expect(propertyDifferences(properties, { ...properties, acl })).toEqual([]);
  });

  test.each<Partial<Properties>>([
    { owner: 'other' },
    { encoding: 'LATIN1' },
    { collate: 'en_CA.utf8' },
    { ctype: 'en_CA.utf8' },
    { localeProvider: 'i' },
    { locale: 'fr' },
    { connectionLimit: 5 },
    { acl: [] },
    { settings: [] },
  ])('are others with %j', (other) => {
    expect(propertyDifferences(properties, { ...properties, ...other })).toHaveLength(1);
  });
});
