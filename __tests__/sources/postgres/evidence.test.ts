import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Postgres } from '../../../src/sources/postgres/postgres.ts';
import { stageDatabases } from '../../../src/sources/postgres/staged.ts';
import { newRun, type TakenDump, takeDump } from './round-trip.ts';
import { startServer, type TestServer } from './server.ts';

const content = `
  CREATE TABLE donor (id integer PRIMARY KEY, name text, born date, notes jsonb);
  INSERT INTO donor SELECT n, 'donor ' || n, date '1950-01-01' + n, jsonb_build_object('n', n) FROM generate_series(1, 500) AS n;
  CREATE INDEX donor_name ON donor (name);
  CREATE TYPE mood AS ENUM ('sad', 'happy');
  CREATE TABLE visit (id serial PRIMARY KEY, donor integer REFERENCES donor, mood mood, amount numeric CHECK (amount > 0));
  INSERT INTO visit (donor, mood, amount) SELECT n, (ARRAY['sad', 'happy'])[1 + n % 2]::mood, n / 10.0 FROM generate_series(1, 300) AS n;
  CREATE TABLE sample (id integer PRIMARY KEY, one text, other text, size bigint, more jsonb, span interval, grid integer[], sizes bigint[], first date, last date);
  INSERT INTO sample VALUES (1, NULL, 'x', 1, '{}', '30 days', '{{1,2},{3,4}}', '{1}', NULL, '2024-02-29'), (2, '', NULL, -1, '[]', '1 mon', '{}', '{}', '2024-02-29', '2024-02-28'),
    (3, 'x', NULL, 0, NULL, NULL, '{NULL}', '{NULL}', NULL, NULL);
  CREATE FUNCTION answer() RETURNS integer LANGUAGE sql AS 'SELECT 42';
  CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER kept BEFORE UPDATE ON visit FOR EACH ROW EXECUTE FUNCTION keep();
  CREATE VIEW seen AS SELECT id FROM visit;
  CREATE ROLE reader;
  GRANT SELECT ON donor TO reader;
  SELECT lo_from_bytea(7001, decode(repeat('0123456789abcdef', 300000), 'hex')), lo_from_bytea(7002, '');
`;

/** To the role that owns the copy and everything in it. */
const giveAway = (what: string) =>
  `DO $$ BEGIN EXECUTE format('ALTER ${what} OWNER TO %I', (SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database())); END $$`;
const big = "decode(repeat('0123456789abcdef', 300000), 'hex')";

describe('the check of a staged copy', () => {
  let server: TestServer;
  let postgres: Postgres;
  let dump: TakenDump;

  beforeAll(async () => {
    server = await startServer();
    await server.psql('clinical', content);
    postgres = await server.open();
    dump = await takeDump(postgres, 'clinical');
  });
  afterAll(async () => {
    await postgres?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  /** Stages the dump, does `harm` to the copy, and gives what the check says of it. */
  async function checkAfter(harm: string): Promise<string> {
    const run = newRun();
    const staged = await stageDatabases(postgres, [dump], run);
    try {
      await server.psql(`clinical__restore_${run.runId.slice(-8)}`, harm);
      return await staged.check().then(
        () => 'the same',
        (error: unknown) => `${(error as { code?: string }).code}: ${(error as Error).message}`,
      );
    } finally {
      await staged.discard();
    }
  }

  test('accepts the copy as it was loaded', async () => {
    expect(await checkAfter('SELECT 1')).toBe('the same');
  });

  test.each<[string, string, string]>([
    ['one changed value', "UPDATE donor SET name = 'donor 1O' WHERE id = 10", 'table public.donor has other contents'],
    [
      'one value that became null',
      'UPDATE donor SET born = NULL WHERE id = 7',
      'table public.donor has other contents',
    ],
    [
      'an empty text in place of a null',
      'UPDATE visit SET mood = NULL WHERE id = 1',
      'table public.visit has other contents',
    ],
    ['a changed enum value', "UPDATE visit SET mood = 'sad' WHERE id = 1", 'table public.visit has other contents'],
    [
      'two values swapped between rows',
      "UPDATE donor SET name = CASE id WHEN 1 THEN 'donor 2' ELSE 'donor 1' END WHERE id IN (1, 2)",
      'table public.donor has other contents',
    ],
    [
      'two values swapped between columns',
      'UPDATE donor SET notes = to_jsonb(name), name = notes::text WHERE id = 3',
      'table public.donor has other contents',
    ],
    ...(
      [
        ['a null that changed places with a value', "one = 'x', other = NULL WHERE id = 1"],
        ['a null date that changed places with a date', 'first = last, last = first WHERE id = 1'],
        ['a null in place of an empty text', 'one = NULL WHERE id = 2'],
        ['a zero in place of a null', 'size = NULL WHERE id = 3'],
        ['a bigint whose halves changed places', 'size = 4294967296 WHERE id = 1'],
        ['a bigint that lost its sign', 'size = 4294967295 WHERE id = 2'],
        ['the same inside an array', "sizes = '{4294967296}' WHERE id = 1"],
        ['an empty list in place of an empty object', "more = '[]' WHERE id = 1"],
        ['a json null in place of a null', "more = 'null' WHERE id = 3"],
        ['a month in place of 30 days', "span = '1 mon' WHERE id = 1"],
        ['an array of another shape', "grid = '{1,2,3,4}' WHERE id = 1"],
        ['an empty array in place of a null in one', "grid = '{}' WHERE id = 3"],
      ] as const
    ).map(([what, change]): [string, string, string] => [
      what,
      `UPDATE sample SET ${change}`,
      'table public.sample has other contents',
    ]),
    ['one missing row', 'DELETE FROM visit WHERE id = 300', 'table public.visit has another number of rows'],
    [
      'one row twice',
      'INSERT INTO donor VALUES (501, NULL, NULL, NULL)',
      'table public.donor has another number of rows',
    ],
    [
      'one row in place of another',
      'DELETE FROM visit WHERE id = 300; INSERT INTO visit SELECT 299 + 2, donor, mood, amount FROM visit WHERE id = 299',
      'table public.visit has other contents',
    ],
    ['a dropped table', 'DROP TABLE visit CASCADE', 'is missing'],
    ['a dropped index', 'DROP INDEX donor_name', 'index public.donor_name is missing'],
    [
      'an index on another column',
      'DROP INDEX donor_name; CREATE UNIQUE INDEX donor_name ON donor (name)',
      'is different',
    ],
    ['a dropped constraint', 'ALTER TABLE visit DROP CONSTRAINT visit_donor_fkey', 'constraint visit_donor_fkey'],
    ['a dropped check', 'ALTER TABLE visit DROP CONSTRAINT visit_amount_check', 'constraint visit_amount_check'],
    [
      'a column of another type',
      'ALTER TABLE visit ALTER amount TYPE numeric(12, 4)',
      'columns public.visit is different',
    ],
    ['a lost default', 'ALTER TABLE visit ALTER id DROP DEFAULT', 'columns public.visit is different'],
    [
      'an object that was not dumped',
      `CREATE TABLE planted (id integer); ${giveAway('TABLE planted')}`,
      'relation public.planted is not in the backup',
    ],
    [
      'a function with another body',
      "CREATE OR REPLACE FUNCTION answer() RETURNS integer LANGUAGE sql AS 'SELECT 43'",
      'function public.answer() is different',
    ],
    ['a trigger that was switched off', 'ALTER TABLE visit DISABLE TRIGGER kept', 'trigger kept on public.visit'],
    ['a dropped view', 'DROP VIEW seen', 'relation public.seen is missing'],
    ['a label added to an enum', "ALTER TYPE mood ADD VALUE 'odd'", 'type public.mood is different'],
    [
      'a sequence one further',
      "SELECT nextval('visit_id_seq')",
      'sequence public.visit_id_seq stands at another value',
    ],
    ['a sequence set back', "SELECT setval('visit_id_seq', 5)", 'sequence public.visit_id_seq stands at another value'],
    [
      'a sequence not yet called',
      "SELECT setval('visit_id_seq', 300, false)",
      'sequence public.visit_id_seq stands at another value',
    ],
    ['one byte of a large object', "SELECT lo_put(7001, 2399999, '\\x00')", 'the large objects have other contents'],
    ['a byte more of a large object', "SELECT lo_put(7002, 0, '\\x00')", 'the large objects have other contents'],
    ['a large object less', 'SELECT lo_unlink(7002)', 'the number of large objects is another'],
    [
      'a large object under another number',
      `SELECT lo_unlink(7001); SELECT lo_from_bytea(7003, ${big}); ${giveAway('LARGE OBJECT 7003')}`,
      'the large objects have other contents',
    ],
    ['a grant that was not dumped', 'GRANT DELETE ON visit TO reader', 'table public.visit has other privileges'],
  ])('notices %s', async (_, harm, said) => {
    const verdict = await checkAfter(harm);
    expect(verdict).toMatch(/^check-failed: The staged copy of clinical is not what was backed up: /);
    expect(verdict).toContain(said);
  });

  test('refuses a copy with something in it that the staging role may not read', async () => {
    expect(await checkAfter('CREATE TABLE planted (id integer)')).toBe(
      'check-failed: The staged copy of clinical cannot be read',
    );
  });

  test('says the same of both copies whether rows were dumped in one order or another', async () => {
    expect(await checkAfter('CLUSTER donor USING donor_name; ALTER TABLE donor SET WITHOUT CLUSTER')).toBe('the same');
  });
});
