import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isBackupError } from '../../../src/errors.ts';
import { toComment } from '../../../src/sources/postgres/marker.ts';
import type { Postgres } from '../../../src/sources/postgres/postgres.ts';
import { openSession, type Session } from '../../../src/sources/postgres/session.ts';
import { changePlaces, type Rename, reopenAfterSwap } from '../../../src/sources/postgres/swap.ts';
import { until } from '../../stack/until.ts';
import { startServer, type TestServer } from './server.ts';

const names = ['clinical', 'genomic'] as const;
const run = { run: 'r', at: '2026-01-01T00:00:00.000Z', together: [...names], comment: null };

const renames: readonly Rename[] = names.flatMap((name) => [
  { from: name, to: `${name}__before_x`, comment: toComment({ ...run, role: 'previous', of: name }) },
  { from: `${name}__restore_x`, to: name, comment: `${name} as it was` },
]);

describe('changing places', () => {
  let server: TestServer;
  let postgres: Postgres;

  beforeAll(async () => {
    // On a volume: a crash must be able to lose what was not written.
    server = await startServer({
      memoryBytes: null,
      settings: ['max_prepared_transactions=5', 'autovacuum_naptime=1s'],
    });
    postgres = await server.open();
  });
  afterAll(async () => {
    await postgres?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    const present = (
      await server.psql('postgres', "SELECT datname FROM pg_database WHERE datname ~ 'clinical|genomic'")
    ).split('\n');
    for (const name of present) {
      if (name !== '') await server.psql('postgres', `DROP DATABASE "${name}" WITH (FORCE)`);
    }
    for (const name of names) {
      await server.psql('postgres', `CREATE DATABASE ${name}`);
      await server.psql('postgres', `CREATE DATABASE ${name}__restore_x`);
      await server.psql(name, "CREATE TABLE which AS SELECT 'old' AS side");
      await server.psql(`${name}__restore_x`, "CREATE TABLE which AS SELECT 'new' AS side");
    }
  });

  /** `old` or `new`, if both databases agree; all that there are accept connections. */
  async function side(): Promise<string> {
    expect(
      await server.psql('postgres', 'SELECT datname FROM pg_database WHERE NOT datallowconn AND NOT datistemplate'),
    ).toBe('');
    const sides = await Promise.all(names.map(async (name) => await server.psql(name, 'SELECT side FROM which')));
    return [...new Set(sides)].join(' and ');
  }

  test('gives both databases the other content, and their comments with them', async () => {
    await changePlaces(await postgres.admin(), renames);
    expect(await side()).toBe('new');
    expect(await server.psql('clinical__before_x', 'SELECT side FROM which')).toBe('old');
    const comments = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'clinical'";
    expect(await server.psql('postgres', comments)).toBe('clinical as it was');
  });

  test('ends sessions that are at work, idle in a transaction, or hold locks', async () => {
    const sessions = await Promise.all(names.map(async (name) => await openSession(postgres.server, name)));
    await sessions[0]?.execute('Hold', 'BEGIN; LOCK TABLE public.which IN ACCESS EXCLUSIVE MODE');
    const asleep = sessions[1]?.execute('Sleep', 'SELECT pg_sleep(600)').catch((error: unknown) => error);
    await changePlaces(await postgres.admin(), renames);
    expect(isBackupError(await asleep)).toBe(true);
    expect(await side()).toBe('new');
    for (const session of sessions) await session[Symbol.asyncDispose]();
  });

  test('goes through although clients come back as soon as they are thrown out', async () => {
    const loop =
      'i=0; while [ -e /tmp/knock ]; do psql -XqAt -U admin -d "$1" -c "SELECT pg_sleep(0.2)" >/dev/null 2>&1; i=$((i + 1)); done; echo $i';
    await server.exec('touch', '/tmp/knock');
    const knocking = ['clinical', 'genomic', 'clinical', 'genomic'].map(
      async (name) => await server.exec('sh', '-c', loop, 'sh', name),
    );
    await until(
      'somebody is in',
      async () =>
        (await server.psql(
          'postgres',
          "SELECT count(*) > 2 FROM pg_stat_activity WHERE datname ~ 'clinical|genomic'",
        )) === 't',
    );
    await changePlaces(await postgres.admin(), renames);
    await server.exec('rm', '/tmp/knock');
    const times = (await Promise.all(knocking)).map(Number);
    expect(Math.min(...times)).toBeGreaterThan(0);
    expect(await side()).toBe('new');
  });

  test('goes through while autovacuum is at work', async () => {
    await server.psql(
      'clinical',
      `CREATE TABLE busy (a integer) WITH (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1);
      INSERT INTO busy SELECT generate_series(1, 400000); DELETE FROM busy WHERE a % 2 = 0`,
    );
    await until(
      'autovacuum',
      async () =>
        (await server.psql(
          'postgres',
          "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker' AND datname = 'clinical'",
        )) !== '0',
      90_000,
    );
    await changePlaces(await postgres.admin(), renames);
    expect(await side()).toBe('new');
  });

  test('is refused, with everything as before, while a prepared transaction is open', async () => {
    await server.psql('clinical', "BEGIN; INSERT INTO which VALUES ('x'); PREPARE TRANSACTION 'undecided'");
    const work = changePlaces(await postgres.admin(), renames);
    await expect(work).rejects.toThrow(
      expect.objectContaining({
        code: 'swap-failed',
        message: 'clinical cannot be renamed: there are prepared transactions on it',
      }),
    );
    await server.psql('clinical', "ROLLBACK PREPARED 'undecided'");
    expect(await side()).toBe('old');
  });

  test('that fails half-way leaves everything as before, open to connections', async () => {
    const twice = [...renames.slice(0, 3), { from: 'genomic__restore_x', to: 'clinical', comment: null }];
    await expect(changePlaces(await postgres.admin(), twice)).rejects.toThrow(
      expect.objectContaining({ code: 'database-unusable' }),
    );
    expect(await side()).toBe('old');
  });

  /** Kills PostgreSQL (-9, all of its processes) at once, and waits until it has recovered by itself. */
  async function crash(): Promise<void> {
    // Any killed backend makes the postmaster end all others and recover from the log.
    await server.exec('sh', '-c', 'kill -9 $(pgrep -f "postgres: (admin|checkpointer|walwriter|background writer)")');
  }

  /** `admin`, with PostgreSQL killed before (or, for the last, while) the statement of this number is executed. */
  function crashingAt(admin: Session, at: number, together: boolean): { session: Session; statements: () => number } {
    let seen = 0;
    return {
      statements: () => seen,
      session: {
        ...admin,
        get isOpen() {
          return admin.isOpen;
        },
        query: async <Row>(what: string, sql: string) => await admin.query<Row>(what, sql),
        execute: async (what, sql) => {
          seen += 1;
          if (seen !== at) return await admin.execute(what, sql);
          if (!together) {
            await crash();
            return await admin.execute(what, sql);
          }
          await Promise.all([admin.execute(what, sql), crash()]);
        },
      },
    };
  }

  test('with PostgreSQL killed at any statement leaves either all old or all new', async () => {
    const counting = crashingAt(await postgres.admin(), 0, false);
    await changePlaces(counting.session, renames);
    const statements = counting.statements();
    await changePlaces(
      await postgres.admin(),
      renames.map(({ from, to }) => ({ from: to, to: from, comment: null })).toReversed(),
    );
    expect(await side()).toBe('old');
    const outcomes: string[] = [];
    // Four close, one begins, three a rename, one commits.
    expect(statements).toBe(4 + 1 + 3 * 4 + 1);
    const points: [number, boolean][] = Array.from({ length: statements }, (_, at): [number, boolean] => [
      at + 1,
      false,
    ]);
    for (const [at, together] of [...points, [statements, true], [statements, true], [statements, true]] as [
      number,
      boolean,
    ][]) {
      const { session } = crashingAt(await postgres.admin(), at, together);
      await changePlaces(session, renames).catch(() => {});
      await server.ready();
      // What the next run does first.
      await reopenAfterSwap(
        await postgres.admin(),
        renames.map(({ from }) => from),
      );
      const outcome = await side();
      expect(outcome).toMatch(/^(old|new)$/);
      if (!together) expect(outcome).toBe('old');
      outcomes.push(outcome);
      if (outcome === 'new') {
        await changePlaces(
          await postgres.admin(),
          renames.map(({ from, to }) => ({ from: to, to: from, comment: null })).toReversed(),
        );
      }
    }
    console.info(
      `PostgreSQL killed at ${outcomes.length} points of a swap: ${outcomes.filter((o) => o === 'old').length} all old, ${outcomes.filter((o) => o === 'new').length} all new`,
    );
  });
});
