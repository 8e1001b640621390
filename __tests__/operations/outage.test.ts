import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BackupError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import type { Remote, RemoteStream } from '../../src/remote/remote.ts';
import { openSession } from '../../src/sources/postgres/session.ts';
import { docker } from '../stack/run.ts';
import { type BareSite, openBareSite, refusalOf } from './bare-site.ts';

let site: BareSite;
let ingest: string;

beforeAll(async () => {
  site = await openBareSite();
  // Stopped by every swap, and to be started after it.
  ingest = await site.create('candig-ingest', 'sleep', 'infinity');
  await docker(['start', ingest]);
  await site.stamp('new');
  await site.backUp();
  await site.stamp('old');
});
afterAll(async () => await site?.[Symbol.asyncDispose]());

const stateOf = async (id: string) => await docker(['inspect', '--format={{.State.Status}}', id]);
const startOf = async (id: string) => await docker(['inspect', '--format={{.State.StartedAt}}', id]);

/** `inner` until `dies` says so of a command that was carried out; from then on nothing can be reached. */
function losable(inner: Remote, dies: (command: string) => boolean): Remote {
  const streams = new Set<RemoteStream>();
  let isGone = false;
  const gone = () => new BackupError('connection-lost', 'The host does not answer any more');
  const there = (): void => {
    if (isGone) throw gone();
  };
  return {
    name: inner.name,
    run: async (command, options) => {
      there();
      const answer = await inner.run(command, options);
      if (dies(command.join(' '))) {
        isGone = true;
        for (const stream of streams) stream.destroy(gone());
      }
      return answer;
    },
    read: (command, options) => {
      there();
      return inner.read(command, options);
    },
    write: async (command, input, options) => {
      there();
      await inner.write(command, input, options);
    },
    open: (command, options) => {
      there();
      const stream = inner.open(command, options);
      streams.add(stream);
      return stream;
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

test('a host that goes away once all is done does not make a restore fail', async () => {
  const warned: string[] = [];
  const log = { ...silentLog, warn: (line: string) => void warned.push(line) };
  const remote = losable(site.remote, (command) => command.includes('rm -f journal journal.new'));
  const report = await site.restore({ remote, log });
  expect(report).toMatchObject({ status: 'complete', previous: [] });
  expect(warned.join('\n')).toContain('the restore is done');
  expect(await site.stamps()).toBe('new');
  expect(await stateOf(ingest)).toBe('running');
  await site.recover();
  // The copy was kept all the same.
  expect((await site.rollBack()).undone).toBe(report.runId);
  expect(await site.stamps()).toBe('old');
});

test('a session that holds on to a database’s entry makes a restore and a rollback give up, with all as before', async () => {
  await site.restore();
  await site.stamp('old');
  await using postgres = await site.server.open();
  // By a name of its own, since it is no leftover of ours.
  const holder = await openSession({ ...postgres.server, applicationName: 'somebody' }, 'postgres');
  try {
    await holder.execute('Hold', "BEGIN; COMMENT ON DATABASE clinical IS 'x'");
    for (const run of [async () => await site.restore(), async () => await site.rollBack()]) {
      const [before, started] = [await site.databases(), await startOf(ingest)];
      const error = await refusalOf(run());
      expect(error.code).toBe('database-lock-held');
      expect(error.message).toContain('the site is as it was before');
      expect(await site.databases()).toBe(before);
      expect(await site.stamps()).toBe('old');
      expect(await stateOf(ingest)).toBe('running');
      expect(await startOf(ingest)).not.toBe(started);
    }
  } finally {
    await holder[Symbol.asyncDispose]();
  }
});

test('a service that cannot start does not keep the others down after a run that was cut off', async () => {
  const broken = await site.create('broken', '/no/such/program');
  await docker(['stop', '--time=0', ingest]);
  const folder = join(site.home, '.candig-backup', site.server.project);
  await mkdir(folder, { recursive: true });
  const services = [
    { id: broken, name: 'broken' },
    { id: ingest, name: 'ingest' },
  ];
  const lines = services.map(({ id, name }) => `service ${id} ${name}\n`).join('');
  const journal = `candig-backup-journal/2\nrun r\noperation restore\n${lines}`;
  await writeFile(join(folder, 'journal'), journal);
  const error = await refusalOf(site.recover());
  expect(error.code).toBe('needs-person');
  expect(error.message).toContain('failed to start broken');
  expect(await stateOf(ingest)).toBe('running');
  // Still to be done, and so still written down.
  expect(await readFile(join(folder, 'journal'), 'utf8')).toBe(journal);
  await docker(['rm', broken]);
  expect(await site.recover()).toEqual(['left broken, which is not there any more']);
  expect(await site.recover()).toEqual([]);
});

describe('a PostgreSQL that takes connections and answers none', () => {
  beforeEach(async () => void (await docker(['kill', '--signal=STOP', site.server.container])));
  afterEach(async () => void (await docker(['kill', '--signal=CONT', site.server.container])));

  test('is waited for no longer than 30 s', { timeout: 60_000 }, async () => {
    const fromMs = performance.now();
    await refusalOf(site.recover());
    expect(performance.now() - fromMs).toBeLessThan(30_000);
  });

  test('is not waited for once the run is cancelled', async () => {
    const stop = new AbortController();
    const asked = Promise.withResolvers<number>();
    const remote: Remote = {
      ...site.remote,
      open: (command, options) => {
        if (command.includes('psql')) asked.resolve(performance.now());
        return site.remote.open(command, options);
      },
    };
    const work = refusalOf(site.recover({ remote, signal: stop.signal }));
    const fromMs = await asked.promise;
    stop.abort(new BackupError('cancelled', 'Cancelled'));
    expect((await work).code).toBe('cancelled');
    // Less than it waits by itself.
    expect(performance.now() - fromMs).toBeLessThan(8_000);
  });
});
