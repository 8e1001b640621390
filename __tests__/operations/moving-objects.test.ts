import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { tapMoments } from '../faults/tapped-remote.ts';
import { type BareSite, openBareSite, refusalOf } from './bare-site.ts';

let site: BareSite;

beforeAll(async () => {
  site = await openBareSite({ memoryBytes: 512 * 1024 ** 2 });
  await site.stamp('new');
  await site.server.psql('postgres', 'CREATE ROLE somebody');
});
afterAll(async () => await site?.[Symbol.asyncDispose]());

/** Makes a function that belongs to somebody else, and drops it after the snapshot, before the owners are read. */
async function backUpWhileDropping(times: number) {
  const warned: string[] = [];
  let made = 0;
  const remote = tapMoments(site.remote, async ({ edge, label }) => {
    if (edge !== 'before') return;
    if (label.includes('BEGIN TRANSACTION') && made < times) {
      made += 1;
      const make = 'CREATE FUNCTION passing() RETURNS int LANGUAGE sql RETURN 1';
      await site.server.psql('clinical', `${make}; ALTER FUNCTION passing OWNER TO somebody`);
    }
    if (label.includes('i.identity COLLATE "C"')) {
      await site.server.psql('clinical', 'DROP FUNCTION IF EXISTS passing');
    }
  });
  const log = { ...silentLog, warn: (line: string) => void warned.push(line) };
  return { work: site.backUp({ remote, log }, ['clinical']), warned };
}

test('a dump whose list of objects lost a name meanwhile is made again, and can be restored', async () => {
  const { work, warned } = await backUpWhileDropping(1);
  const { backupId } = await work;
  expect(warned).toEqual(['Dump clinical: its objects changed while they were listed; dumping it once more']);
  expect((await site.verify(backupId)).opened).toBe(true);
  await site.stamp('old');
  await site.restore({}, { backup: backupId as 'latest' });
  expect(await site.server.psql('clinical', 'SELECT v FROM stamp')).toBe('new');
});

test('one that loses a name each time is no backup', async () => {
  const { work } = await backUpWhileDropping(2);
  expect((await refusalOf(work)).code).toBe('dump-ended');
});

test('PostgreSQL’s own databases are refused by name, before anything is dumped or kept', async () => {
  for (const name of ['postgres', 'template0', 'template1']) {
    const error = await refusalOf(site.backUp({}, ['clinical', name]));
    expect(error.code).toBe('input-invalid');
    expect(error.message).toBe(`Database ${name} is PostgreSQL's own`);
  }
});
