import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isBackupError } from '../../../src/errors.ts';
import type { Postgres } from '../../../src/sources/postgres/postgres.ts';
import { openSession } from '../../../src/sources/postgres/session.ts';
import { startServer, type TestServer } from './server.ts';

describe('a session', () => {
  let server: TestServer;
  let postgres: Postgres;

  beforeAll(async () => {
    server = await startServer({ memoryBytes: 512 * 1024 ** 2 });
    postgres = await server.open();
  });
  afterAll(async () => {
    await postgres?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  test('gives texts with line ends of all kinds as they are', async () => {
    const admin = await postgres.admin();
    const text = 'a\u2028b\u2029c\u0085d\r\ne\rf\u000bg\u000ch\ni';
    // As a value, and as the name of a column.
    expect(await admin.query('Ask', `SELECT '${text}' AS "${text}"`)).toEqual([{ [text]: text }]);
    expect(await admin.query('Ask again', 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });

  test('gives long texts whose characters are parted between two reads as they are', async () => {
    const admin = await postgres.admin();
    for (const lead of ['', 'x', 'xx']) {
      const [row] = await admin.query<{ v: string }>('Ask', `SELECT '${lead}' || repeat('€', 300000) AS v`);
      expect(row?.v === lead + '€'.repeat(300_000)).toBe(true);
    }
  });

  test('ends by itself when a statement is not answered in time, with all that waits behind it', async () => {
    const session = await openSession(postgres.server, 'clinical', { answerWithinMs: 4_000 });
    const [slow, behind] = await Promise.allSettled([
      session.execute('Sleep', 'SELECT pg_sleep(600)'),
      session.execute('Wait', 'SELECT 1'),
    ]);
    for (const outcome of [slow, behind]) {
      expect(outcome.status === 'rejected' && isBackupError(outcome.reason, 'timed-out')).toBe(true);
    }
    expect(session.isOpen).toBe(false);
    await session[Symbol.asyncDispose]();
  });

  test('that is answered in time goes on, however long it is open', async () => {
    await using session = await openSession(postgres.server, 'clinical', { answerWithinMs: 4_000 });
    for (let second = 0; second < 5; second += 1) await session.execute('Sleep', 'SELECT pg_sleep(1)');
    expect(session.isOpen).toBe(true);
  });
});
