import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Postgres } from '../../../src/sources/postgres/postgres.ts';
import { stageDatabases } from '../../../src/sources/postgres/staged.ts';
import { dumpOf, newRun, type TakenDump, takeDump } from './round-trip.ts';
import { startServer, type TestServer } from './server.ts';

/**
 * Runs a command of the operating system if whoever calls it may, put together so that no dump shows it, and only in a
 * staged copy: the database it is dumped from was made by a superuser.
 */
const payload = `
  CREATE FUNCTION act() RETURNS void LANGUAGE plpgsql AS $body$
  BEGIN
    IF current_database() ~ '__restore_' THEN
      BEGIN
        EXECUTE 'CO' || 'PY (SELECT 1) TO PRO' || 'GRAM ' || quote_literal('touch /tmp/canary');
      EXCEPTION WHEN OTHERS THEN NULL;
      END;
      BEGIN
        EXECUTE 'CREATE RO' || 'LE planted SUPERUSER';
      EXCEPTION WHEN OTHERS THEN NULL;
      END;
      BEGIN
        PERFORM set_config('session_authorization', 'admin', false);
        EXECUTE 'CREATE RO' || 'LE planted SUPERUSER';
      EXCEPTION WHEN OTHERS THEN NULL;
      END;
    END IF;
  END $body$;
  -- Said to be harmless, so that it may stand in an index; what it calls need not be.
  CREATE FUNCTION strike(anything anyelement) RETURNS anyelement LANGUAGE plpgsql IMMUTABLE AS $body$
  BEGIN
    PERFORM public.act();
    RETURN anything;
  END $body$;`;

describe('a hostile dump', () => {
  let server: TestServer;
  let postgres: Postgres;

  beforeAll(async () => {
    server = await startServer();
    postgres = await server.open();
  });
  afterAll(async () => {
    await postgres?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    await server.psql('postgres', 'DROP DATABASE IF EXISTS evil WITH (FORCE)');
    await server.psql('postgres', 'CREATE DATABASE evil TEMPLATE template0');
  });
  afterEach(async () => {
    // Whatever became of the dump, nothing in it was done by a superuser and nothing is left of the staging.
    expect(await server.exec('find', '/tmp', '-name', 'canary*')).toBe('');
    expect(await server.psql('postgres', "SELECT rolname FROM pg_roles WHERE rolname ~ 'planted|stager'")).toBe('');
    expect(await server.psql('postgres', "SELECT datname FROM pg_database WHERE datname ~ '__restore_'")).toBe('');
    expect(await server.psql('postgres', "SELECT count(*) FROM pg_file_settings WHERE name ~ 'archive'")).toBe('0');
  });

  const dumpEvil = async (sql: string): Promise<TakenDump> => {
    await server.psql('evil', sql);
    return await takeDump(postgres, 'evil');
  };

  /** Stages and checks the dump, then throws the copy away; gives the error's code and message, or `loaded`. */
  async function load(dump: TakenDump): Promise<string> {
    const outcome = await stageDatabases(postgres, [dump], newRun()).then(
      async (staged) => {
        try {
          await staged.check();
          return 'loaded';
        } finally {
          await staged.discard();
        }
      },
      (error: unknown) => `${(error as { code?: string }).code}: ${(error as Error).message}`,
    );
    return outcome;
  }

  test('the command it carries works when a superuser does what it asks for, so the tests below can tell', async () => {
    await server.psql('postgres', 'CREATE DATABASE evil__restore_1 TEMPLATE template0');
    await server.psql('evil__restore_1', `${payload} SELECT public.strike(1)`);
    expect(await server.exec('find', '/tmp', '-name', 'canary*')).toBe('/tmp/canary');
    expect(await server.psql('postgres', "SELECT rolname FROM pg_roles WHERE rolname = 'planted'")).toBe('planted');
    await server.exec('rm', '/tmp/canary');
    await server.psql('postgres', 'DROP DATABASE evil__restore_1; DROP ROLE planted');
  });

  test.each([
    ['a materialised view', 'CREATE MATERIALIZED VIEW v AS SELECT public.strike(1) AS x'],
    ['an index on an expression', 'CREATE TABLE t AS SELECT 1 AS a; CREATE INDEX ON t (public.strike(a))'],
    [
      'statistics on an expression',
      'CREATE TABLE t AS SELECT n AS a, n AS b FROM generate_series(1, 99) n; CREATE STATISTICS s ON public.strike(a), b FROM t',
    ],
    ['a check of rows', 'CREATE TABLE t (a integer CHECK (public.strike(a) > 0)); INSERT INTO t VALUES (1)'],
    [
      'a check of a domain',
      'CREATE DOMAIN d AS integer CHECK (public.strike(VALUE) > 0); CREATE TABLE t (a d); INSERT INTO t VALUES (1)',
    ],
    ['a default', 'CREATE TABLE t (a integer DEFAULT public.strike(1)); INSERT INTO t DEFAULT VALUES'],
    [
      'a generated column',
      'CREATE TABLE t (a integer, b integer GENERATED ALWAYS AS (public.strike(a)) STORED); INSERT INTO t VALUES (1)',
    ],
    [
      'a cast of rows to text',
      `CREATE TABLE t AS SELECT 1 AS a; CREATE FUNCTION c(t) RETURNS text LANGUAGE sql AS 'SELECT public.strike(''x''::text)'; CREATE CAST (t AS text) WITH FUNCTION c(t) AS IMPLICIT; CREATE TABLE u (x t); INSERT INTO u VALUES (ROW(1))`,
    ],
    [
      'a partition key',
      'CREATE TABLE t (a integer) PARTITION BY LIST (public.strike(a)); CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1); INSERT INTO t VALUES (1)',
    ],
    [
      'a policy',
      'CREATE TABLE t AS SELECT 1 AS a; ALTER TABLE t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (public.strike(a) > 0)',
    ],
    [
      'a trigger',
      'CREATE TABLE t (a integer); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM public.strike(1); RETURN NEW; END $$; CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); ALTER TABLE t ENABLE ALWAYS TRIGGER g; INSERT INTO t VALUES (1)',
    ],
    [
      'a rule',
      'CREATE TABLE t (a integer); CREATE RULE r AS ON INSERT TO t DO ALSO SELECT public.strike(1); INSERT INTO t VALUES (1)',
    ],
    ['a view', 'CREATE TABLE t AS SELECT 1 AS a; CREATE VIEW w AS SELECT public.strike(a) FROM t'],
    [
      'a function that acts as its owner',
      "CREATE FUNCTION own() RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT public.strike(1)'; CREATE MATERIALIZED VIEW v AS SELECT own() AS x",
    ],
    [
      'functions named like ours',
      'CREATE FUNCTION hashtextextended(text, bigint) RETURNS bigint LANGUAGE sql AS $$ SELECT public.strike(1::bigint) $$; CREATE FUNCTION format_type(oid, integer) RETURNS text LANGUAGE sql AS $$ SELECT public.strike(1)::text $$; CREATE TABLE t AS SELECT 1 AS a',
    ],
  ])('with %s loads, checks, and does no harm', async (_, sql) => {
    expect(await load(await dumpEvil(payload + sql))).toBe('loaded');
  });

  test('whose function fails for want of rights is refused by name', async () => {
    const dump = await dumpEvil(`
      CREATE FUNCTION strike() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN
        IF current_database() ~ '__restore_' THEN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch /tmp/canary'''; END IF; RETURN 1; END $$;
      CREATE MATERIALIZED VIEW v AS SELECT strike() AS x`);
    expect(await load(dump)).toMatch(/^stage-failed: .*"MATERIALIZED VIEW DATA v admin"/);
  });

  test('with an event trigger is refused by name', async () => {
    const dump = await dumpEvil(`
      CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
      CREATE EVENT TRIGGER watching ON ddl_command_end EXECUTE FUNCTION f()`);
    expect(await load(dump)).toBe(
      'stage-failed: The dump of evil holds what only a superuser can create: EVENT TRIGGER - watching',
    );
  });

  test('with an extension that reaches outside is refused by name, and loads once it is allowed', async () => {
    const dump = await dumpEvil('CREATE EXTENSION file_fdw');
    expect(await load(dump)).toMatch(/^stage-failed: .*file_fdw$/);
    const staged = await stageDatabases(postgres, [dump], newRun({ allowedExtensions: new Set(['file_fdw']) }));
    await staged.check();
    await staged.discard();
  });

  test('with a function in C is refused by name', async () => {
    const dump = await dumpEvil(
      "CREATE FUNCTION run(cstring) RETURNS integer LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler'",
    );
    expect(await load(dump)).toMatch(/^stage-failed: .*"FUNCTION run\(cstring\) admin"/);
  });

  test('whose evidence has SQL in place of a privilege is refused', async () => {
    const dump = await dumpEvil('CREATE TABLE t AS SELECT 1 AS a');
    const { requirements } = dump.evidence;
    const grants = [
      { type: 'table', identity: 'public.t; DROP TABLE public.t', granted: [], revoked: [] },
      {
        type: 'table',
        identity: 'public.t',
        granted: [
          {
            grantor: 'admin',
            grantee: null,
            privilege: 'SELECT ON public.t TO PUBLIC; CREATE ROLE planted; --',
            grantable: false,
          },
        ],
        revoked: [],
      },
    ];
    const evidence = {
      ...dump.evidence,
      requirements: { ...requirements, rights: { ...requirements.rights, grants } },
    };
    await expect(load(dumpOf(evidence, dump.bytes))).rejects.toThrow(
      expect.objectContaining({ code: 'manifest-invalid' }),
    );
  });

  /** Puts `sql` in the place of the comment on table `t`, in the archive itself. */
  async function forge(sql: string): Promise<TakenDump> {
    const room = 'x'.repeat(300);
    const dump = await dumpEvil(`CREATE TABLE t AS SELECT 1 AS a; COMMENT ON TABLE t IS '${room}'`);
    const bytes = Buffer.from(dump.bytes);
    const genuine = `COMMENT ON TABLE public.t IS '${room}';`;
    const at = bytes.indexOf(genuine);
    expect(at).toBeGreaterThan(0);
    bytes.write(sql.padEnd(genuine.length, ' '), at, 'latin1');
    return dumpOf(dump.evidence, bytes);
  }

  test.each([
    "COPY (SELECT 1) TO PROGRAM 'touch /tmp/canary';",
    "SET SESSION AUTHORIZATION admin; COPY (SELECT 1) TO PROGRAM 'touch /tmp/canary';",
    "RESET SESSION AUTHORIZATION; RESET ROLE; COPY (SELECT 1) TO PROGRAM 'touch /tmp/canary';",
    'SET ROLE admin;',
    'CREATE ROLE planted SUPERUSER;',
    "DO $$ BEGIN EXECUTE 'ALTER ROLE ' || current_user || ' SUPERUSER'; END $$;",
    "ALTER SYSTEM SET archive_command = 'touch /tmp/canary';",
    'CREATE EXTENSION file_fdw;',
    "COPY t FROM '/etc/passwd';",
    "SELECT lo_export(lo_import('/etc/passwd'), '/tmp/canary');",
    "SELECT pg_read_file('/etc/passwd');",
    'ALTER DATABASE postgres ALLOW_CONNECTIONS false;',
    'DROP DATABASE clinical;',
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'admin';",
    '\\! touch /tmp/canary',
    'UPDATE pg_database SET datname = datname;',
  ])('in which an entry was replaced by %s is refused', async (sql) => {
    expect(await load(await forge(sql))).toMatch(/^stage-failed: .*"COMMENT TABLE t admin"/);
  });

  test('in which an entry was replaced by one that any role may run does no harm', async () => {
    const stops = await load(await forge('NOTIFY x; LISTEN x; SET search_path = public; SET row_security = off;'));
    expect(stops).toBe('loaded');
  });
});
