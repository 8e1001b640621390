import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { DatabaseEvidence } from '../../../src/sources/postgres/evidence.ts';
import { dropStaged } from '../../../src/sources/postgres/leftovers.ts';
import type { Postgres } from '../../../src/sources/postgres/postgres.ts';
import type { DumpToStage } from '../../../src/sources/postgres/stage.ts';
import { stageDatabases } from '../../../src/sources/postgres/staged.ts';
import { until } from '../../stack/until.ts';
import { dumpOf, newRun, restoreDumps, type TakenDump, takeDump } from './round-trip.ts';
import { startServer, type TestServer } from './server.ts';

const living = 'SELECT count(*), sum(hashtext(d::text)) FROM donor AS d';

/** The code and all the text of the error with which `work` fails. */
async function failureOf(work: Promise<unknown>): Promise<{ code: string; message: string; text: string }> {
  const error = await work.then(
    () => {
      throw new Error('it did not fail');
    },
    (reason: unknown) => reason as Error & { code: string; hint?: string },
  );
  return { code: error.code, message: error.message, text: `${error.message} ${error.hint} ${JSON.stringify(error)}` };
}

describe('staging', () => {
  let server: TestServer;
  let postgres: Postgres;
  let dump: TakenDump;
  let before: string;

  beforeAll(async () => {
    server = await startServer();
    postgres = await server.open();
    await server.psql(
      'clinical',
      `CREATE TABLE donor (id integer PRIMARY KEY, name text, more text);
       INSERT INTO donor SELECT n, md5(n::text), md5(random()::text) || md5(random()::text) FROM generate_series(1, 60000) AS n;
       CREATE INDEX ON donor (name); CREATE INDEX ON donor (more); CREATE EXTENSION citext`,
    );
    before = await server.psql('clinical', living);
    dump = await takeDump(postgres, 'clinical');
  });
  afterAll(async () => {
    await postgres?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });
  afterEach(async () => {
    // What lives is as it was, and the next run leaves nothing of what failed.
    await dropStaged(await postgres.admin());
    expect(await server.psql('clinical', living)).toBe(before);
    expect(await server.psql('postgres', "SELECT datname FROM pg_database WHERE datname ~ '__'")).toBe('');
    expect(await server.psql('postgres', "SELECT rolname FROM pg_roles WHERE rolname ~ 'stager'")).toBe('');
  });

  const stage = async (given: DumpToStage) => await stageDatabases(postgres, [given], newRun());
  const changed = (change: (evidence: DatabaseEvidence) => void): TakenDump => {
    const evidence = structuredClone(dump.evidence);
    change(evidence);
    return dumpOf(evidence, dump.bytes);
  };
  const terminate = async (): Promise<boolean> =>
    (await server.psql(
      'postgres',
      "SELECT count(pg_terminate_backend(pid)) > 0 FROM pg_stat_activity WHERE usename ~ 'candig_backup_stager'",
    )) === 't';

  test.each([0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95, 1])(
    'whose session is ended after %d of the dump leaves what lives as it was',
    async (share) => {
      let opened = 0;
      const killing: DumpToStage = {
        evidence: dump.evidence,
        open: async () => {
          opened += 1;
          // The first time only the list of contents is read, without a session.
          return opened === 1 ? await dump.open() : Readable.from(killAfter(Math.floor(share * dump.bytes.length)));
        },
      };
      async function* killAfter(bytes: number): AsyncGenerator<Buffer> {
        yield dump.bytes.subarray(0, bytes);
        await until('a session that loads', terminate);
        yield dump.bytes.subarray(bytes);
      }
      expect((await failureOf(stage(killing))).code).toMatch(/^(dump-ended|stage-failed)$/);
    },
  );

  test.each(['ANALYZE', 'CREATE INDEX', 'COPY', 'ALTER TABLE'])(
    'whose session is ended in the midst of %s leaves what lives as it was',
    async (statement) => {
      const outcome = stage(dump).then(
        async (staged) => {
          await staged.discard();
          return 'too late';
        },
        (error: unknown) => (error as { code: string }).code,
      );
      const query = `SELECT count(pg_terminate_backend(pid)) > 0 FROM pg_stat_activity WHERE usename ~ 'candig_backup_stager' AND query ~* '^${statement}'`;
      let over = false;
      const watching = until(statement, async () => over || (await server.psql('postgres', query)) === 't');
      const code = await outcome;
      over = true;
      await watching;
      expect(code).toMatch(/^(dump-ended|stage-failed|database-unusable|connection-lost|too late)$/);
    },
  );

  test.each([0.3, 0.6, 0.9, 0.999])('of a dump that breaks off after %d tells why', async (share) => {
    const cut: DumpToStage = {
      evidence: dump.evidence,
      open: async () => Readable.from([dump.bytes.subarray(0, Math.floor(share * dump.bytes.length))]),
    };
    expect((await failureOf(stage(cut))).code).toBe('stage-failed');
  });

  test('of something that is no dump is refused', async () => {
    expect((await failureOf(stage(dumpOf(dump.evidence, Buffer.from('-- a script\n'))))).code).toBe('stage-failed');
  });

  test('of a dump in a newer format names the version', async () => {
    const bytes = Buffer.from(dump.bytes);
    // `PGDMP`, then the version: 1.16 is read by PostgreSQL 17, 1.99 by none yet.
    bytes[6] = 99;
    expect(await failureOf(stage(dumpOf(dump.evidence, bytes)))).toMatchObject({
      code: 'version-mismatch',
      message: expect.stringContaining('archive version 1.99'),
    });
  });

  test('whose owner is missing ends with nothing changed', async () => {
    const staged = await stage(changed((evidence) => Object.assign(evidence.properties, { owner: 'nobody_here' })));
    expect((await failureOf(staged.check())).code).toBe('database-unusable');
    await staged.discard();
  });

  test('starts from an empty template, whatever lies in template1', async () => {
    await server.psql('template1', 'CREATE TABLE polluted (id integer)');
    const staged = await stage(dump);
    await staged.check();
    await staged.discard();
    await server.psql('template1', 'DROP TABLE polluted');
  });

  test.each<[string, Partial<DatabaseEvidence['properties']>]>([
    ['a locale that is not there', { collate: 'en_CA.UTF-8', ctype: 'en_CA.UTF-8' }],
    ['an encoding that does not go with the locale', { encoding: 'LATIN1' }],
    ['an encoding that no database can have', { encoding: 'BIG5' }],
  ])('with %s says which', async (_, properties) => {
    const failure = await failureOf(stage(changed((evidence) => Object.assign(evidence.properties, properties))));
    expect(failure).toMatchObject({
      code: 'stage-failed',
      message: expect.stringContaining('cannot have a database like'),
    });
  });

  test('with an extension that is not installed names it', async () => {
    await server.exec('sh', '-c', 'mv /usr/share/postgresql/17/extension/citext.control /tmp/');
    try {
      expect(await failureOf(stage(dump))).toMatchObject({
        code: 'stage-failed',
        message: 'clinical needs the extension citext, which this PostgreSQL does not have',
      });
    } finally {
      await server.exec('sh', '-c', 'mv /tmp/citext.control /usr/share/postgresql/17/extension/');
    }
  });

  test('with an extension of another version takes the one there is', async () => {
    const staged = await stage(
      changed((evidence) => Object.assign(evidence.requirements.extensions[0] ?? {}, { version: '0.9' })),
    );
    await staged.discard();
  });

  test('says nothing of the rows that PostgreSQL refuses', async () => {
    await server.psql('postgres', 'CREATE DATABASE canaries');
    await server.psql(
      'canaries',
      `CREATE TABLE patient (id integer, name text);
       INSERT INTO patient VALUES (1, 'CANARY-51'), (1, 'CANARY-52'), (NULL, 'CANARY-53');
       CREATE FUNCTION fits(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT current_database() !~ ''__restore_''';
       CREATE TABLE checked (name text CHECK (public.fits(name))); INSERT INTO checked VALUES ('CANARY-54')`,
    );
    const failure = await failureOf(stage(await takeDump(postgres, 'canaries')));
    expect(failure).toMatchObject({ code: 'stage-failed', message: expect.stringMatching(/^Load /) });
    expect(failure.message).toContain('"TABLE DATA checked admin"');
    expect(failure.text).not.toContain('CANARY');
    await server.psql('postgres', 'DROP DATABASE canaries');
  });

  test('of one of two databases that fails leaves nothing of the other', async () => {
    await server.psql('postgres', 'CREATE DATABASE genomic');
    const other = await takeDump(postgres, 'genomic');
    const broken = dumpOf(dump.evidence, dump.bytes.subarray(0, 100_000));
    await failureOf(stageDatabases(postgres, [other, broken], newRun()));
    await server.psql('postgres', 'DROP DATABASE genomic');
  });

  test('is called off by a signal', async () => {
    const stop = new AbortController();
    const slow: DumpToStage = {
      evidence: dump.evidence,
      open: async () =>
        Readable.from(
          (async function* () {
            yield dump.bytes.subarray(0, 300_000);
            await until(
              'a session that loads',
              async () => {
                const sessions = "SELECT count(*) FROM pg_stat_activity WHERE usename ~ 'candig_backup_stager'";
                return (await server.psql('postgres', sessions)) !== '0';
              },
              3_000,
            ).catch(() => {});
            stop.abort();
            yield dump.bytes.subarray(300_000);
          })(),
        ),
    };
    const run = newRun({ signal: stop.signal });
    expect((await failureOf(stageDatabases(postgres, [slow], run))).code).toBe('cancelled');
  });

  test('on a full disk says so, and PostgreSQL lives on', async () => {
    await using small = await startServer({
      memoryBytes: 420 * 1024 ** 2,
      settings: ['max_wal_size=96MB', 'min_wal_size=96MB', 'wal_recycle=on'],
    });
    await using there = await small.open();
    // Makes the log's files, which are then used again.
    await small.psql(
      'clinical',
      `CREATE TABLE filler AS SELECT md5(n::text) AS a FROM generate_series(1, 900000) AS n`,
    );
    await small.psql('clinical', 'CHECKPOINT; DROP TABLE filler; CHECKPOINT');
    await small.psql(
      'clinical',
      'CREATE TABLE donor AS SELECT n AS id, md5(n::text) AS name FROM generate_series(1, 300000) AS n; CHECKPOINT',
    );
    const large = await takeDump(there, 'clinical');
    await small.exec(
      'sh',
      '-c',
      'free=$(df --output=avail -k /var/lib/postgresql/data | tail -1); head -c $(( (free - 14000) * 1024 )) /dev/zero > /var/lib/postgresql/data/filler',
    );
    const failure = await failureOf(stageDatabases(there, [large], newRun()));
    expect(failure.code).toBe('disk-full');
    await small.exec('rm', '/var/lib/postgresql/data/filler');
    await small.ready();
    expect(await small.psql('clinical', 'SELECT count(*) FROM donor')).toBe('300000');
    await dropStaged(await there.admin());
    const staged = await restoreDumps(there, [large]);
    await staged.rollBack(async () => {});
    await staged.discard();
  });
});
