import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { databasePart } from '../../../src/sources/postgres/dump.ts';
import { databaseEvidenceSchema } from '../../../src/sources/postgres/evidence.ts';
import { chooseDatabases, type Postgres } from '../../../src/sources/postgres/postgres.ts';
import { openSession } from '../../../src/sources/postgres/session.ts';
import type { Dump } from '../../../src/sources/source.ts';
import { docker } from '../../stack/run.ts';
import { until } from '../../stack/until.ts';
import { dumpOf, restoreDumps, takeDump } from './round-trip.ts';
import { startServer, type TestServer } from './server.ts';

const begin = async (postgres: Postgres, database = 'clinical'): Promise<Dump> =>
  await databasePart(postgres.server, database).begin({ signal: new AbortController().signal });

/** The code and message with which `work` fails. */
async function failureOf(work: Promise<unknown>): Promise<{ code: string; message: string; text: string }> {
  const error = await work.then(
    () => {
      throw new Error('it did not fail');
    },
    (reason: unknown) => reason as Error & { code: string; hint?: string },
  );
  return { code: error.code, message: error.message, text: `${error.message} ${error.hint} ${JSON.stringify(error)}` };
}

describe('a dump', () => {
  let server: TestServer;
  let postgres: Postgres;

  beforeAll(async () => {
    server = await startServer({ settings: ['max_prepared_transactions=5'] });
    postgres = await server.open();
    await server.psql(
      'clinical',
      `CREATE TABLE donor (id serial PRIMARY KEY, name text);
       INSERT INTO donor (name) SELECT md5(n::text) || md5((n + 1)::text) FROM generate_series(1, 200000) AS n;
       -- So much that does not get smaller that the dump is under way for a while after its first bytes have come.
       CREATE TABLE noise AS SELECT i AS id, string_agg(sha256((i * 10000 + j)::text::bytea), ''::bytea) AS bytes
         FROM generate_series(1, 500) i, generate_series(1, 2000) j GROUP BY i;
       CREATE TABLE small (id integer); INSERT INTO small SELECT generate_series(1, 100)`,
    );
  });
  afterAll(async () => {
    await postgres?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });
  afterEach(async () => {
    await until('nothing of the dump is left running', async () => {
      const left = await server.psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE datname = 'clinical'");
      return left === '0';
    });
  });

  const terminate = async (query: string) =>
    await server.psql(
      'postgres',
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'clinical' AND ${query}`,
    );

  test('whose backend the server ends errors after the bytes that came, and a second try is whole', async () => {
    {
      await using dump = await begin(postgres);
      let read = 0;
      const reading = (async () => {
        for await (const chunk of dump.content as AsyncIterable<Buffer>) {
          if (read === 0) await terminate("application_name ~ 'candig-backup' AND query ~* 'copy'");
          read += chunk.length;
        }
      })();
      expect(await failureOf(reading)).toMatchObject({ code: 'dump-ended' });
    }
    const whole = await takeDump(postgres, 'clinical');
    expect(whole.evidence.contents.tables.find(({ name }) => name === 'donor')?.rows).toBe('200000');
  });

  test('that goes well with a warning keeps it in the evidence', async () => {
    await server.psql('postgres', "UPDATE pg_database SET datcollversion = '0.1' WHERE datname = 'clinical'");
    const warned = await takeDump(postgres, 'clinical');
    await server.psql('postgres', 'ALTER DATABASE clinical REFRESH COLLATION VERSION');
    expect(warned.evidence.warnings.join(' ')).toMatch(/collation version/);
    expect((await takeDump(postgres, 'clinical')).evidence.warnings).toEqual([]);
  });

  test('whose session with the snapshot the server ends has no evidence', async () => {
    await using dump = await begin(postgres);
    // The session that exported the snapshot is the one in a transaction that is not pg_dump's.
    await terminate("backend_start = (SELECT min(backend_start) FROM pg_stat_activity WHERE datname = 'clinical')");
    const [, evidence] = await Promise.allSettled([buffer(dump.content), dump.evidence()]);
    expect(evidence.status).toBe('rejected');
    expect(evidence).toMatchObject({ reason: { code: 'dump-ended' } });
  });

  test('errors when pg_dump is killed inside the container', async () => {
    await using dump = await begin(postgres);
    let read = 0;
    const reading = (async () => {
      for await (const chunk of dump.content as AsyncIterable<Buffer>) {
        if (read === 0) await server.exec('pkill', '-9', '-x', 'pg_dump');
        read += chunk.length;
      }
    })();
    expect(await failureOf(reading)).toMatchObject({ code: 'command-failed' });
  });

  test('that is disposed of half-way leaves no session, no pg_dump and no lock behind', async () => {
    {
      await using dump = await begin(postgres);
      for await (const _ of dump.content) break;
      dump.content.destroy();
    }
    await until('pg_dump is gone', async () => (await server.exec('sh', '-c', 'pgrep -x pg_dump || true')) === '');
    await server.psql('clinical', "SET lock_timeout = '5s'; BEGIN; LOCK TABLE donor; COMMIT");
  });

  test('of a table that a migration holds says so after its wait, and ends at once', async () => {
    await using holder = await openSession(postgres.server, 'clinical');
    await holder.execute('Lock', 'BEGIN; LOCK TABLE public.small IN ACCESS EXCLUSIVE MODE');
    const short = databasePart(postgres.server, 'clinical', { lockWaitMs: 300 });
    {
      await using dump = await short.begin({ signal: new AbortController().signal });
      expect(await failureOf(buffer(dump.content))).toMatchObject({
        code: 'database-lock-held',
        message: expect.stringMatching(/^Dump clinical: another session holds a lock on (a table|public\.small)$/),
      });
    }
    // Letting go of the dump did not wait for the lock: only its holder is left.
    expect(await server.psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE datname = 'clinical'")).toBe('1');
  });

  test('in whose midst a table is emptied is made again, never kept with rows that nobody can tell', async () => {
    await using holder = await openSession(postgres.server, 'clinical');
    await holder.execute('Lock', 'BEGIN; LOCK TABLE public.small IN ACCESS EXCLUSIVE MODE');
    await using dump = await begin(postgres);
    const content = buffer(dump.content);
    await holder.execute('Empty', 'TRUNCATE public.small; COMMIT');
    await content;
    expect(await failureOf(dump.evidence())).toMatchObject({ code: 'dump-ended' });
  });

  test('taken while a sequence runs passes the check of its copy', async () => {
    for (let round = 0; round < 3; round += 1) {
      const stop = new AbortController();
      const racing = (async () => {
        await using racer = await openSession(postgres.server, 'clinical');
        while (!stop.signal.aborted) await racer.execute('Draw', "SELECT nextval('public.donor_id_seq')");
      })();
      const dump = await takeDump(postgres, 'clinical');
      stop.abort();
      await racing;
      const [sequence] = dump.evidence.contents.sequences;
      expect(BigInt(sequence?.low ?? 0)).toBeLessThan(BigInt(sequence?.high ?? 0));
      const staged = await restoreDumps(postgres, [dump]);
      await staged.rollBack(async () => {});
      await staged.discard();
    }
  });

  test('is taken whole although the role has timeouts and may only read', async () => {
    await server.psql(
      'postgres',
      `ALTER ROLE admin SET statement_timeout = '50ms'; ALTER ROLE admin SET idle_session_timeout = '50ms';
       ALTER ROLE admin SET idle_in_transaction_session_timeout = '50ms'; ALTER ROLE admin SET transaction_timeout = '50ms';
       ALTER ROLE admin SET default_transaction_read_only = on; ALTER ROLE admin SET lock_timeout = '1ms'`,
    );
    try {
      await using other = await server.open();
      const dump = await takeDump(other, 'clinical');
      const staged = await restoreDumps(other, [dump]);
      await staged.rollBack(async () => {});
      await staged.discard();
      expect(databaseEvidenceSchema.safeParse(dump.evidence).success).toBe(true);
    } finally {
      await server.psql(
        'postgres',
        'SET default_transaction_read_only = off; SET statement_timeout = 0; SET idle_session_timeout = 0; ALTER ROLE admin RESET ALL',
      );
    }
  });

  test('that only warns, of foreign keys in a circle, is whole', async () => {
    await server.psql('postgres', 'CREATE DATABASE circle');
    await server.psql(
      'circle',
      `CREATE TABLE a (id integer PRIMARY KEY, b integer); CREATE TABLE b (id integer PRIMARY KEY, a integer REFERENCES a);
       INSERT INTO a VALUES (1, 1); INSERT INTO b VALUES (1, 1); ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b`,
    );
    await restoreDumps(postgres, [await takeDump(postgres, 'circle')]);
    expect(await server.psql('circle', 'SELECT * FROM a, b')).toBe('1|1|1|1');
  });

  test('by a pg_dump older than the server says both versions', async () => {
    // Found before the real one on the PATH.
    const pretend = async (complaint: string) =>
      await server.exec(
        'sh',
        '-c',
        'cd /usr/local/bin && printf "%s\\n" "$1" > pg_dump.says && printf "#!/bin/sh\\ncat \\$0.says >&2\\nexit 1\\n" > pg_dump && chmod +x pg_dump',
        'sh',
        complaint,
      );
    try {
      await pretend(
        'pg_dump: error: aborting because of server version mismatch\npg_dump: detail: server version: 17.11 (Debian 17.11-1); pg_dump version: 15.18 (Debian 15.18-1)',
      );
      await using dump = await begin(postgres);
      expect(await failureOf(buffer(dump.content))).toMatchObject({
        code: 'version-mismatch',
        message: "Dump clinical: the server is 17.11, its container's pg_dump 15.18, which is older",
      });
      await pretend('pg_dump: error: invalid value "zstd:1" for option -Z/--compress');
      await using other = await begin(postgres);
      expect(await failureOf(buffer(other.content))).toMatchObject({ code: 'version-mismatch' });
    } finally {
      await server.exec('rm', '-f', '/usr/local/bin/pg_dump', '/usr/local/bin/pg_dump.says');
    }
  });

  test('of a database that is missing, shut or a copy of ours is refused by name', async () => {
    expect(await failureOf(chooseDatabases(postgres, ['nowhere']))).toMatchObject({ code: 'database-missing' });
    expect(await failureOf(begin(postgres, 'nowhere'))).toMatchObject({ code: 'database-missing' });
    await server.psql('postgres', 'CREATE DATABASE shut ALLOW_CONNECTIONS false');
    expect(await failureOf(chooseDatabases(postgres, ['shut']))).toMatchObject({ code: 'database-unusable' });
    expect(await failureOf(chooseDatabases(postgres, []))).toMatchObject({ code: 'database-unusable' });
    expect(await failureOf(begin(postgres, 'shut'))).toMatchObject({ code: 'database-unusable' });
    await server.psql('postgres', 'DROP DATABASE shut');
    const names = (await chooseDatabases(postgres, [])).map(({ name }) => name);
    expect(names).toContain('clinical');
    expect(names.filter((name) => name.includes('__'))).toEqual([]);
    expect(names).not.toContain('postgres');
  });

  test.each(['host=127.0.0.9 dbname=clinical', 'postgresql://127.0.0.9/clinical', '--version', "a'b", 'a\0b'])(
    'of a database named %j is refused before anything connects',
    async (name) => {
      expect(await failureOf(chooseDatabases(postgres, [name]))).toMatchObject({ code: 'input-invalid' });
    },
  );

  test('of a database that really has such a name is refused, not dumped from elsewhere', async () => {
    await server.psql('postgres', 'CREATE DATABASE "host=127.0.0.9 dbname=clinical"');
    expect(await failureOf(chooseDatabases(postgres, []))).toMatchObject({ code: 'input-invalid' });
    await server.psql('postgres', 'DROP DATABASE "host=127.0.0.9 dbname=clinical"');
  });

  test('whose pg_dump writes of patients in its errors says nothing of them', async () => {
    await server.psql('postgres', 'CREATE DATABASE broken');
    // Reading the view's rows fails, with a patient in the message.
    await server.psql(
      'broken',
      `CREATE FUNCTION fail(text) RETURNS integer LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'patient %', $1 USING DETAIL = $1, HINT = $1; END $$;
       CREATE TABLE t (name text); INSERT INTO t VALUES ('CANARY-7f3a');
       CREATE TABLE generated (name text)`,
    );
    await using session = await openSession(postgres.server, 'broken');
    const failure = await failureOf(session.query('Read', 'SELECT public.fail(name) FROM public.t'));
    expect(failure).toMatchObject({ code: 'database-unusable', message: 'Read failed with SQLSTATE P0001' });
    expect(failure.text).not.toContain('CANARY');
  });

  test('goes on to name what is wrong when the container is paused, stopped or gone', async () => {
    await using other = await startServer();
    await using there = await other.open();
    await other.psql('clinical', 'CREATE TABLE t AS SELECT md5(n::text) FROM generate_series(1, 400000) AS n');
    {
      await using dump = await begin(there);
      let read = 0;
      const reading = (async () => {
        for await (const chunk of dump.content as AsyncIterable<Buffer>) {
          if (read === 0) await docker(['stop', '--time', '0', other.container]);
          read += chunk.length;
        }
      })();
      expect((await failureOf(reading)).code).toMatch(/^(command-failed|dump-ended|service-not-running)$/);
    }
    // Docker answers a stop before it has made up its mind about the state.
    await until('it has stopped', async () => {
      return (await docker(['inspect', '--format', '{{.State.Status}}', other.container])).trim() === 'exited';
    });
    expect(await failureOf(begin(there))).toMatchObject({ code: 'service-not-running' });
    await docker(['rm', '--force', '--volumes', other.container]);
    expect(await failureOf(begin(there))).toMatchObject({ code: 'service-replaced' });
  });

  test('keeps its bytes as they are', async () => {
    const dump = await takeDump(postgres, 'clinical');
    expect(dump.bytes.subarray(0, 5).toString()).toBe('PGDMP');
    await restoreDumps(postgres, [dumpOf(dump.evidence, dump.bytes)]);
  });
});
