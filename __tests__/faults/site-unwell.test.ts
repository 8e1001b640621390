import { afterAll, beforeAll, expect, test } from 'vitest';
import { isBackupError } from '../../src/errors.ts';
import { openTestSite, type TestSite } from '../site.ts';
import { until } from '../stack/until.ts';
import { expectWell, flushCache, keptCopies, stamp, stampOf } from './well.ts';

let site: TestSite;
let good: string;
let bad: string;

const rename = (from: string, to: string) => `ALTER TABLE ${from} RENAME TO ${to}`;

beforeAll(async () => {
  site = await openTestSite({ rows: 200, donors: 100 });
  const { stack } = site;
  await stamp(site, 'new');
  await stack.psql('clinical', rename('donor', 'donor_of_another_release'));
  await stack.psql('genomic', rename('drs_object', 'drs_object_of_another_release'));
  bad = (await site.backUp()).backupId;
  await stack.psql('clinical', rename('donor_of_another_release', 'donor'));
  await stack.psql('genomic', rename('drs_object_of_another_release', 'drs_object'));
  good = (await site.backUp()).backupId;
});

afterAll(async () => await site?.[Symbol.asyncDispose]());

async function beOld(): Promise<void> {
  await stamp(site, 'old');
  await flushCache(site);
}

const refusal = async (work: Promise<unknown>) =>
  await work.then(
    () => expect.unreachable('it was done'),
    (error: unknown) => (isBackupError(error) ? error : Promise.reject(error)),
  );

async function stateOf(name: 'katsu' | 'htsget' | 'candig-ingest' | 'redis'): Promise<string> {
  return await site.stack.docker('inspect', '--format', '{{.State.Status}}', site.stack.containers[name]);
}

test('a restore whose services cannot read what it brought is undone', { timeout: 200_000 }, async () => {
  await beOld();
  const copies = await keptCopies(site);
  const error = await refusal(site.restore({}, { backup: bad as 'latest' }));
  expect(error.code).toBe('site-unwell');
  expect(error.message).toBe('katsu and htsget gave no data after the swap; the site is as it was before');
  expect(await expectWell(site)).toBe('old');
  expect(await keptCopies(site)).toEqual(copies);
});

test('a structure the services do not know is refused before anything is staged', async () => {
  const error = await refusal(site.restore({}, { backup: bad as 'latest', acceptSchemaChange: false }));
  expect(error.code).toBe('restore-refused');
  expect(await expectWell(site)).toBe('old');
});

test('nothing is stopped while fluentd is down, since nothing could be started again', async () => {
  const { fluentd } = site.stack.containers;
  await site.stack.docker('stop', '-t', '1', fluentd);
  const error = await refusal(site.restore({}, { backup: good as 'latest' }));
  const states = [await stateOf('katsu'), await stateOf('htsget'), await stateOf('candig-ingest')];
  await site.stack.docker('start', fluentd);
  expect(error.code).toBe('service-not-running');
  expect(error.message).toContain('fluentd');
  expect(states).toEqual(['running', 'running', 'running']);
  expect(await expectWell(site)).toBe('old');
});

test('a postgres-db that is paused is refused, with its state, and left paused', async () => {
  const id = site.stack.containers['postgres-db'];
  await site.stack.docker('pause', id);
  const error = await refusal(site.backUp());
  const state = await site.stack.docker('inspect', '--format', '{{.State.Status}}', id);
  await site.stack.docker('unpause', id);
  expect(error.code).toBe('service-not-running');
  expect(error.message).toContain('is paused');
  expect(state).toBe('paused');
});

test('two containers of one service are refused, with both names', async () => {
  const { project, images } = site.stack;
  const labels = [`com.docker.compose.project=${project}`, 'com.docker.compose.service=postgres-db'];
  const twin = await site.stack.docker(
    ...[
      'create',
      '--name',
      `${project}_twin`,
      '--label',
      labels[0] ?? '',
      '--label',
      labels[1] ?? '',
      images.services,
      'true',
    ],
  );
  const error = await refusal(site.backUp());
  await site.stack.docker('rm', twin);
  expect(error.code).toBe('service-ambiguous');
  expect(error.message).toContain(`${project}_twin`);
  expect(error.message).toContain(`${project}_postgres-db_1`);
});

test('names with hyphens, as newer compose makes them, change nothing', async () => {
  const { project } = site.stack;
  await site.stack.docker('rename', `${project}_postgres-db_1`, `${project}-postgres-db-1`);
  await site.stack.docker('rename', `${project}_katsu_1`, `${project}-katsu-1`);
  const { backupId } = await site.backUp();
  expect((await site.verify(backupId)).opened).toBe(true);
});

test('what was down before a restore is down after it, and what was paused is paused', async () => {
  const { stack } = site;
  await beOld();
  await stack.docker('stop', stack.containers['candig-ingest']);
  await stack.docker('pause', stack.containers.katsu);
  const report = await site.restore({}, { backup: good as 'latest' });
  expect([await stateOf('candig-ingest'), await stateOf('katsu')]).toEqual(['exited', 'paused']);
  expect(report.services).toHaveLength(1);
  await stack.docker('unpause', stack.containers.katsu);
  await stack.docker('start', stack.containers['candig-ingest']);
  expect(await expectWell(site)).toBe('new');
});

test('a site that lost its databases altogether gets them back', async () => {
  for (const database of ['clinical', 'genomic']) {
    await site.stack.psql('postgres', `DROP DATABASE ${database} WITH (FORCE)`);
  }
  await site.restore({}, { backup: good as 'latest' });
  expect(await expectWell(site)).toBe('new');
});

test('a site whose katsu has made an empty database in place of a lost one gets its own back', async () => {
  const { stack } = site;
  await stack.psql('postgres', 'DROP DATABASE clinical WITH (FORCE)');
  await stack.docker('restart', '-t', '1', stack.containers.katsu);
  await until('katsu', async () => (await stack.psql('clinical', 'SELECT count(*) FROM donor')) === '0');
  await site.restore({}, { backup: good as 'latest' });
  expect(await expectWell(site)).toBe('new');
});

test('a site where only postgres-db runs is restored, and nothing is started', async () => {
  const { stack } = site;
  const others = (['katsu', 'htsget', 'candig-ingest', 'redis'] as const).map((name) => stack.containers[name]);
  await beOld();
  await stack.docker('stop', '-t', '1', ...others);
  const report = await site.restore({}, { backup: good as 'latest' });
  expect(report.services).toEqual([]);
  expect(await stateOf('katsu')).toBe('exited');
  await stack.docker('start', stack.containers.redis);
  await stack.docker('start', ...others);
  await flushCache(site);
  expect(await expectWell(site)).toBe('new');
});

test('emptying katsu’s cache leaves the other databases of Redis alone', async () => {
  const redis = async (database: number, ...words: string[]) =>
    await site.stack.docker(
      ...['exec', site.stack.containers.redis, 'sh', '-c'],
      `REDISCLI_AUTH=$(cat "$REDIS_PASSWORD_FILE") redis-cli -n ${database} ${words.join(' ')}`,
    );
  await redis(0, 'SET', 'of-the-gateway', 'stays');
  await redis(1, 'SET', 'discovery:counts', 'old');
  await site.restore({}, { backup: good as 'latest' });
  expect(await redis(0, 'GET', 'of-the-gateway')).toBe('stays');
  expect(await redis(1, 'GET', 'discovery:counts')).toBe('');
});

test('a site whose katsu container is gone is restored', async () => {
  await site.stack.docker('rm', '-f', site.stack.containers.katsu);
  await stamp(site, 'old');
  await site.restore({}, { backup: good as 'latest' });
  expect(await stampOf(site)).toBe('new');
});
