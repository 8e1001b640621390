import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isBackupError } from '../../../src/errors.ts';
import { dropStaged } from '../../../src/sources/postgres/leftovers.ts';
import type { Postgres } from '../../../src/sources/postgres/postgres.ts';
import { listPrevious, stagePrevious, stampAfter } from '../../../src/sources/postgres/previous.ts';
import { stageDatabases } from '../../../src/sources/postgres/staged.ts';
import { newRun, takeDump } from './round-trip.ts';
import { startServer, type TestServer } from './server.ts';

describe('a run that loses the site between its last question and its renames', () => {
  let server: TestServer;
  let postgres: Postgres;

  beforeAll(async () => {
    server = await startServer({ memoryBytes: 512 * 1024 ** 2 });
    postgres = await server.open();
    await server.psql('clinical', 'CREATE TABLE donor AS SELECT generate_series(1, 10) AS id');
  });
  afterAll(async () => {
    await postgres?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  const databases = async (): Promise<string> =>
    await server.psql(
      'postgres',
      "SELECT datname, oid, datallowconn, shobj_description(oid, 'pg_database') FROM pg_database ORDER BY 1",
    );

  /** What whoever takes the site over does, and before it the last question, which was answered with yes. */
  const takenOver = async (): Promise<void> => {
    await server.psql(
      'postgres',
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ~ '^candig-backup/'",
    );
  };

  async function expectNothingRenamed(change: (fence: () => Promise<void>) => Promise<void>): Promise<void> {
    const before = await databases();
    const error = await change(takenOver).then(
      () => expect.unreachable('it was done'),
      (reason: unknown) => reason,
    );
    expect(isBackupError(error)).toBe(true);
    expect(await databases()).toBe(before);
  }

  test('changes nothing, neither in a swap nor in its undoing, of what was staged or of what was kept', async () => {
    const staged = await stageDatabases(postgres, [await takeDump(postgres, 'clinical')], newRun());
    await staged.check();
    await expectNothingRenamed(staged.swap);
    await staged.swap(async () => {});
    await expectNothingRenamed(staged.rollBack);

    const { runId, at } = newRun();
    const previous = await stagePrevious(postgres, runId, at);
    await expectNothingRenamed(previous.swap);
    await previous.swap(async () => {});
    await expectNothingRenamed(previous.rollBack);
    await dropStaged(await postgres.admin());
  });

  test('changes nothing if the last question is answered with no', async () => {
    const { runId, at } = newRun();
    const previous = await stagePrevious(postgres, runId, at);
    const before = await databases();
    await expect(previous.swap(async () => await Promise.reject(new Error('not ours')))).rejects.toThrow('not ours');
    expect(await databases()).toBe(before);
  });

  test('stamps what it keeps later than all that is kept, whatever the clock says', async () => {
    const [newest] = await listPrevious(postgres);
    expect(Date.parse(await stampAfter(postgres, new Date(0)))).toBe(Date.parse(newest?.at ?? '') + 1);
    const now = new Date('2100-01-01T00:00:00Z');
    expect(await stampAfter(postgres, now)).toBe(now.toISOString());
  });
});
