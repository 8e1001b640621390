import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { stageDatabases } from '../../src/sources/postgres/staged.ts';
import { newRun, takeDump } from '../sources/postgres/round-trip.ts';
import { type BareSite, openBareSite, refusalOf } from './bare-site.ts';

let site: BareSite;

beforeAll(async () => {
  site = await openBareSite();
});
afterAll(async () => await site?.[Symbol.asyncDispose]());
beforeEach(async () => {
  for (const name of await named('clinical|genomic')) await site.server.psql('postgres', `DROP DATABASE "${name}"`);
  for (const name of ['clinical', 'genomic']) await site.server.psql('postgres', `CREATE DATABASE ${name}`);
});

const rename = async (from: string, to: string) =>
  await site.server.psql('postgres', `ALTER DATABASE "${from}" RENAME TO "${to}"`);
const named = async (pattern: string) =>
  (await site.server.psql('postgres', `SELECT datname FROM pg_database WHERE datname ~ '${pattern}' ORDER BY 1`))
    .split('\n')
    .filter((name) => name !== '');

describe('a copy that somebody put in the place of a database by hand', () => {
  /** `clinical` is theirs: nothing we do may drop it, and a backup holds it. */
  async function expectTheirs(value: string): Promise<void> {
    const before = await site.server.psql('postgres', "SELECT oid FROM pg_database WHERE datname = 'clinical'");
    await site.recover();
    const { backupId, objects } = await site.backUp();
    expect(objects.map(({ name }) => name)).toContain('clinical.dump.age');
    expect((await site.verify(backupId)).opened).toBe(true);
    await site.forgetPrevious();
    expect(await site.server.psql('clinical', 'SELECT v FROM stamp')).toBe(value);
    expect(await site.server.psql('postgres', "SELECT oid FROM pg_database WHERE datname = 'clinical'")).toBe(before);
  }

  test('lives on if it was a staged one, with the role that owns it', async () => {
    await site.stamp('new');
    {
      await using postgres = await site.server.open();
      await stageDatabases(postgres, [await takeDump(postgres, 'clinical')], newRun());
    }
    await site.stamp('old');
    const [staged = ''] = await named('clinical__restore_');
    await rename('clinical', 'clinical_lost');
    await rename(staged, 'clinical');
    await expectTheirs('new');
    expect(await named('clinical')).toEqual(['clinical', 'clinical_lost']);
  });

  test('lives on if it was a previous one, and the other half of its set is not put back beside it', async () => {
    await site.stamp('new');
    await site.backUp();
    await site.stamp('old');
    await site.restore();
    const [previous = ''] = await named('clinical__before_');
    await rename('clinical', 'clinical_lost');
    await rename(previous, 'clinical');
    const databases = await site.databases();
    expect((await refusalOf(site.rollBack())).code).toBe('nothing-to-roll-back');
    expect(await site.databases()).toBe(databases);
    await expectTheirs('old');
    // What was left of the set under our own name was ours to forget.
    expect(await named('clinical|genomic')).toEqual(['clinical', 'clinical_lost', 'genomic']);
  });
});

test('what is left of a set that was only half forgotten is not put back', async () => {
  await site.stamp('new');
  await site.backUp();
  await site.stamp('old');
  await site.restore();
  const [first = ''] = await named('clinical__before_');
  await site.server.psql('postgres', `DROP DATABASE "${first}"`);
  const before = await site.databases();
  const error = await refusalOf(site.rollBack());
  expect(error.code).toBe('nothing-to-roll-back');
  expect(error.message).toContain('clinical is gone');
  expect(await site.databases()).toBe(before);
  expect(await site.stamps()).toBe('new');
  expect((await site.forgetPrevious()).forgotten).toHaveLength(1);
});

test('a rollback undoes the later of two restores, though its clock was behind', async () => {
  const ids: string[] = [];
  for (const value of ['first', 'second']) {
    await site.stamp(value);
    ids.push((await site.backUp()).backupId);
  }
  await site.stamp('before both');
  const now = new Date();
  await site.restore({ now }, { backup: ids[0] as 'latest' });
  const later = await site.restore({ now: new Date(now.getTime() - 86_400_000) }, { backup: ids[1] as 'latest' });
  expect(later.previous.map(({ runId }) => runId)[0]).toBe(later.runId);
  expect((await site.rollBack()).undone).toBe(later.runId);
  expect(await site.stamps()).toBe('first');
});

test('a comment with line ends of all kinds goes through a backup and a restore, and back', async () => {
  const comment = 'a\u2028b\u2029c\u0085d\r\ne\u000bf';
  await site.stamp('new');
  await site.server.psql('postgres', `COMMENT ON DATABASE clinical IS '${comment}'`);
  await site.backUp();
  await site.stamp('old');
  const asked =
    "SELECT encode(convert_to(shobj_description(oid, 'pg_database'), 'UTF8'), 'hex') FROM pg_database WHERE datname = 'clinical'";
  const hex = Buffer.from(comment).toString('hex');
  await site.restore();
  expect(await site.stamps()).toBe('new');
  expect(await site.server.psql('postgres', asked)).toBe(hex);
  await site.rollBack();
  expect(await site.stamps()).toBe('old');
  expect(await site.server.psql('postgres', asked)).toBe(hex);
});
