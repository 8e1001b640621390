import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readContents } from '../../../src/sources/postgres/contents.ts';
import type { Postgres } from '../../../src/sources/postgres/postgres.ts';
import { openSession } from '../../../src/sources/postgres/session.ts';
import { createCorpus } from '../../stack/corpus.ts';
import { dumpOf, restoreDumps, type TakenDump, takeDump } from './round-trip.ts';
import { startServer, type TestServer } from './server.ts';

const name = 'clinical2';

async function createOddCorpus(server: TestServer): Promise<void> {
  await createCorpus(server, name, ['corpus']);
  await server.psql(name, await readFile(join(import.meta.dirname, 'odd-shapes.sql'), 'utf8'));
  await createCorpus(server, 'bare', []);
  // Last, since it changes how the sessions that come after it print.
  await server.psql(name, await readFile(join(import.meta.dirname, '../../stack/data/corpus-database.sql'), 'utf8'));
  await server.psql(
    name,
    await readFile(join(import.meta.dirname, '../../stack/data/corpus-extension-schema.sql'), 'utf8'),
  );
}

/** Everything pg_dump says of a database's structure and properties; the lines it makes up anew each time left out. */
async function schemaOf(server: TestServer): Promise<string> {
  const text = await server.exec('pg_dump', '-U', 'admin', '--schema-only', '--create', '-d', name);
  return text.replaceAll(/^\\(un)?restrict .*$/gm, '');
}

/** The rows of every table, sorted, in one digest each: a query that shares nothing with ours. */
async function rowsOf(server: TestServer): Promise<string> {
  const script = `
    SET search_path = ''; SET timezone = 'UTC'; SET datestyle = 'ISO'; SET intervalstyle = 'postgres'; SET extra_float_digits = 3; SET bytea_output = 'hex';
    CREATE TEMP TABLE digests (name text, rows bigint, digest text);
    DO $$
    DECLARE r record;
    BEGIN
      FOR r IN SELECT c.oid::regclass::text AS name,
            (SELECT string_agg(format('%L, t.%I', a.attname, a.attname), ', ' ORDER BY a.attname) FROM pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attnum <= 40) AS columns
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema') LOOP
        EXECUTE format('INSERT INTO digests SELECT %L, count(*), md5(coalesce(string_agg(line, chr(10) ORDER BY line COLLATE "C"), ''''))
          FROM (SELECT concat_ws(''|'', ''row'' %s) AS line FROM ONLY %s AS t) AS s', r.name, CASE WHEN r.columns IS NULL THEN '' ELSE ', ' || r.columns END, r.name);
      END LOOP;
    END
    $$;
    SELECT * FROM digests ORDER BY name COLLATE "C";
    SELECT 'lo', m.oid, md5(lo_get(m.oid)) FROM pg_largeobject_metadata m ORDER BY m.oid;`;
  const sequences = await server.psql(
    name,
    `SELECT string_agg(format('SELECT %L, last_value, is_called FROM %s', oid::regclass, oid::regclass), ' UNION ALL ' ORDER BY oid::regclass::text)
      FROM pg_class WHERE relkind = 'S'`,
  );
  return `${await server.psql(name, script)}\n${await server.psql(name, `SELECT * FROM (${sequences}) AS s ORDER BY 1`)}`;
}

describe.each([15, 17] as const)('on PostgreSQL %i', (major) => {
  let server: TestServer;
  let postgres: Postgres;
  let dump: TakenDump;
  let schema: string;
  let rows: string;

  beforeAll(async () => {
    server = await startServer({ major });
    postgres = await server.open();
    await createOddCorpus(server);
    [schema, rows] = [await schemaOf(server), await rowsOf(server)];
    dump = await takeDump(postgres, name);
  });
  afterAll(async () => {
    await postgres?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  test('a restored database has the structure, owners, privileges, settings, comment and rows it had', async () => {
    await server.psql(name, 'DROP TABLE corpus.tricky CASCADE; DELETE FROM corpus.large; SELECT lo_unlink(900001)');
    await restoreDumps(postgres, [dump]);
    // Not a line is tolerated: pg_dump says the same of both.
    expect(await schemaOf(server)).toBe(schema);
    expect(await rowsOf(server)).toBe(rows);
    expect(rows.split('\n').length).toBeGreaterThan(60);
  });

  test('a second dump of the restored database has the evidence of the first', async () => {
    const again = await takeDump(postgres, name);
    const { contents, properties, requirements } = dump.evidence;
    expect(again.evidence.contents).toEqual(contents);
    expect(again.evidence.properties).toEqual(properties);
    expect(again.evidence.requirements).toEqual(requirements);
  });

  test('rolling back gives the database as it was between dump and restore, comment and all', async () => {
    await server.psql(name, 'CREATE TABLE corpus.made_since (id integer)');
    const before = await schemaOf(server);
    const staged = await restoreDumps(postgres, [dump]);
    expect(await schemaOf(server)).toBe(schema);
    await staged.rollBack(async () => {});
    expect(await schemaOf(server)).toBe(before);
    await staged.discard();
    await server.psql(name, 'DROP TABLE corpus.made_since');
  });

  test('a staging role is left behind by none of it', async () => {
    expect(await server.psql('postgres', "SELECT rolname FROM pg_roles WHERE rolname ~ 'stager'")).toBe('');
  });

  test('2,000 tables and a database without the schema public come back', async () => {
    await createCorpus(server, 'many', ['many-tables']);
    await server.psql('many', 'DROP SCHEMA public');
    const began = performance.now();
    const many = await takeDump(postgres, 'many');
    const dumped = performance.now();
    await restoreDumps(postgres, [many]);
    const restored = performance.now();
    expect(many.evidence.contents.tables).toHaveLength(2000);
    expect(await server.psql('many', "SELECT count(*) FROM pg_namespace WHERE nspname = 'public'")).toBe('0');
    console.info(
      `2,000 tables on ${major}: dumped in ${Math.round(dumped - began)} ms, restored in ${Math.round(restored - dumped)} ms`,
    );
  });

  test('databases in other encodings come back byte for byte', async () => {
    for (const [database, encoding, value] of [
      ['latin', 'LATIN1', "convert_from('\\xe9e8ff', 'LATIN1')"],
      ['ascii', 'SQL_ASCII', "convert_from('\\xe9c328', 'SQL_ASCII')"],
    ] as const) {
      await server.psql('postgres', `CREATE DATABASE ${database} TEMPLATE template0 ENCODING ${encoding} LOCALE 'C'`);
      await server.psql(database, `CREATE TABLE t (a text); INSERT INTO t SELECT ${value}`);
      const bytes = async () =>
        await server.psql(database, `SELECT encode(convert_to(a, '${encoding}'), 'hex'), getdatabaseencoding() FROM t`);
      const before = await bytes();
      await restoreDumps(postgres, [await takeDump(postgres, database)]);
      expect(await bytes()).toBe(before);
    }
  });

  test('a dump of nothing but an empty database comes back', async () => {
    const empty = await takeDump(postgres, 'bare');
    expect(empty.evidence.contents.tables).toEqual([]);
    await restoreDumps(postgres, [dumpOf(empty.evidence, empty.bytes)]);
    expect(await server.psql('bare', 'SELECT count(*) FROM pg_class WHERE oid > 16384')).toBe('0');
  });

  if (major === 17) return;

  test('a dump of 15 restored on 17 passes the same check, and has the same rows', async () => {
    await using newer = await startServer({ major: 17 });
    await using there = await newer.open();
    await newer.psql('postgres', 'CREATE ROLE corpus_owner; CREATE ROLE corpus_reader');
    await restoreDumps(there, [dump]);
    expect(await rowsOf(newer)).toBe(rows);
    await using session = await openSession(there.server, name);
    const { structure } = await readContents(session);
    expect(structure).toEqual(dump.evidence.contents.structure);
    // An owner has the privileges of the newer version, also those the older one did not know.
    await newer.psql(name, 'SET ROLE corpus_owner; REFRESH MATERIALIZED VIEW odd.kept');
  });
});
