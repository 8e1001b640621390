import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { healHost } from '../../src/operations/heal.ts';
import { openLocal } from '../../src/remote/local.ts';
import type { Remote } from '../../src/remote/remote.ts';
import { putRight } from '../../src/stack/guard.ts';
import { clearJournal, type Journal, type Named, readLeft, writeJournal } from '../../src/stack/journal.ts';
import { takeLock } from '../../src/stack/lock.ts';
import { ownLabels } from '../../src/stack/own-containers.ts';
import { startServer, type TestServer } from '../sources/postgres/server.ts';
import { startVault } from '../sources/vault/vault.ts';
import { docker } from './run.ts';
import { until } from './until.ts';

/** Longer than a lock outlives its runner, and what the guard then needs. */
const guardMs = 60_000;
const project = `cbguard${randomBytes(3).toString('hex')}`;

let server: TestServer;
let home: string;
let remote: Remote;
let image: string;
const made: string[] = [];

beforeAll(async () => {
  server = await startServer();
  image = await docker(['inspect', '--format={{.Config.Image}}', server.container]);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'candig-guard-'));
  remote = openLocal({ PATH: process.env.PATH, HOME: home });
});
afterEach(async () => {
  await remote[Symbol.asyncDispose]();
  for (const id of made.splice(0)) await docker(['rm', '--force', '--volumes', id]);
  try {
    await until('the guard to end', async () => !(await leftOf()).includes('journal'));
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});

const leftOf = async (): Promise<string[]> => await readdir(join(home, '.candig-backup', project)).catch(() => []);
const stateOf = async (id: string) => await docker(['inspect', '--format={{.State.Status}}', id]);

async function container(name: string, ...options: string[]): Promise<Named> {
  const id = await docker([
    ...['run', '--detach', '--init', `--name=${project}-${name}`, ...options],
    ...['--entrypoint=sleep', image, 'infinity'],
  ]);
  made.push(id);
  return { id, name };
}

function journalOf(more: Partial<Journal>): Journal {
  return { run: 'r1', operation: 'restore', running: [], services: [], databases: [], ...more };
}

/** Writes the journal as a run that then does `work` and dies: its login is gone, and with it the lock. */
async function dieAfter(journal: Journal, work: () => Promise<void>): Promise<void> {
  const dying = openLocal({ PATH: process.env.PATH, HOME: home });
  const lock = await takeLock(dying, project, `restore ${journal.run}`, 0);
  await writeJournal(lock, project, journal);
  await work();
  await dying[Symbol.asyncDispose]();
}

const guarded = async () =>
  await until('the guard', async () => !(await leftOf()).includes('journal'), guardMs).then(async () => {
    await using lock = await takeLock(remote, project, 'recover r2', 10_000);
    return (await healHost(project, lock)).done;
  });

test('a run that died with a service stopped, a container frozen and a database closed is put right from the host', async () => {
  const [katsu, vault] = [await container('katsu'), await container('vault')];
  const journal = journalOf({
    running: [{ id: server.container, name: 'postgres-db' }, vault, katsu],
    services: [katsu],
    postgres: { id: server.container, user: 'admin' },
    databases: ['clinical'],
    frozen: vault,
  });
  await dieAfter(journal, async () => {
    await docker(['stop', '--time=0', katsu.id]);
    await docker(['pause', vault.id]);
    await server.psql('postgres', 'ALTER DATABASE clinical ALLOW_CONNECTIONS false');
  });
  const told = await guarded();
  expect(told).toEqual(['thawed vault', 'opened database clinical again', 'started katsu']);
  expect(await stateOf(katsu.id)).toBe('running');
  expect(await stateOf(vault.id)).toBe('running');
  expect(await server.psql('clinical', 'SELECT 1')).toBe('1');
  // Told once.
  await using lock = await takeLock(remote, project, 'recover r3', 10_000);
  expect((await healHost(project, lock)).done).toEqual([]);
});

test('everything that ran is started in its order once Docker has taken all of it down', async () => {
  const [first, second] = [await container('fluentd'), await container('katsu')];
  await dieAfter(journalOf({ running: [first, second], frozen: first }), async () => {
    await docker(['kill', first.id, second.id]);
  });
  expect(await guarded()).toEqual(['started fluentd', 'started katsu']);
});

test('a Docker that gives no answer is waited for, and nothing counts as gone because of it', async () => {
  const katsu = await container('katsu');
  const noSocket = join(home, 'docker.sock');
  const dying = openLocal({ PATH: process.env.PATH, HOME: home, DOCKER_HOST: `unix://${noSocket}` });
  const lock = await takeLock(dying, project, 'restore r1', 0);
  await writeJournal(lock, project, journalOf({ running: [katsu], services: [katsu] }));
  await docker(['stop', '--time=0', katsu.id]);
  expect(await putRight(lock, project)).toEqual({ done: ['failed to reach Docker'], outcome: 'failed' });
  await dying[Symbol.asyncDispose]();
  {
    await using _looking = await takeLock(remote, project, 'recover r2', 10_000);
    expect((await readLeft(remote, project)).journal?.services).toEqual([katsu]);
  }
  await symlink('/var/run/docker.sock', noSocket);
  expect(await guarded()).toEqual(['started katsu']);
});

test('what somebody else stopped meanwhile stays down as long as anything of the site runs', async () => {
  const [first, second] = [await container('fluentd'), await container('portal')];
  await dieAfter(journalOf({ running: [first, second] }), async () => {
    await docker(['stop', '--time=0', second.id]);
  });
  expect(await guarded()).toEqual([]);
  expect(await stateOf(second.id)).toBe('exited');
});

const mixedDeaths = (['secrets', 'whole'] as const).flatMap((authorization) =>
  (['what was stopped', 'all of it'] as const).map((down) => ({ authorization, down })),
);

test.each(mixedDeaths)(
  'never starts writers over mixed authorization ($authorization; down: $down), but Vault',
  async ({ authorization, down }) => {
    await using living = await startVault();
    const vault: Named = { id: living.container, name: 'vault' };
    const [fluentd, katsu] = [await container('fluentd'), await container('katsu')];
    const isWhole = authorization === 'whole';
    const journal = journalOf({
      running: [fluentd, vault, katsu],
      services: isWhole ? [vault, katsu] : [katsu],
      vault,
      authorization,
      mixed: true,
    });
    await dieAfter(journal, async () => {
      await docker(['stop', '--time=0', katsu.id]);
      if (down === 'all of it') await docker(['kill', fluentd.id, vault.id]);
      // Only to be replaced is it stopped; somebody who restarts it leaves it sealed.
      else await docker([isWhole ? 'stop' : 'restart', '--time=0', vault.id]);
    });
    await until('the guard to begin', async () => (await leftOf()).includes('guarded'), guardMs);
    await using lock = await takeLock(remote, project, 'recover r2', guardMs);
    const left = await readLeft(remote, project);
    const all = [...(down === 'all of it' ? ['started fluentd'] : []), 'started vault', 'unsealed vault'];
    const isRestarted = down === 'what was stopped' && !isWhole;
    expect(left.guarded).toEqual(isRestarted ? ['unsealed vault'] : all);
    expect(left.journal).toMatchObject(journal);
    expect(await stateOf(katsu.id)).toBe('exited');
    expect(await stateOf(fluentd.id)).toBe('running');
    await docker(['exec', '--env=VAULT_ADDR=http://127.0.0.1:8200', vault.id, 'vault', 'status']);
    // As often as it tries.
    expect(await putRight(lock, project)).toEqual({ done: [], outcome: 'unsettled' });
    expect(await stateOf(katsu.id)).toBe('exited');
    // Nothing else kept it.
    await writeJournal(lock, project, { ...journal, authorization: undefined, mixed: false });
    expect(await putRight(lock, project)).toEqual({ done: ['started katsu'], outcome: 'right' });
  },
);

test('containers that a dead run made are removed, and nobody else’s', async () => {
  const ours = await container('helper', ...ownLabels(project, 'r1'));
  const other = await container('other', ...ownLabels('elsewhere', 'r9'));
  await dieAfter(journalOf({}), async () => {});
  expect(await guarded()).toEqual(['removed a container of ours']);
  expect(await docker(['ps', '-aq', '--no-trunc', `--filter=id=${ours.id}`])).toBe('');
  expect(await stateOf(other.id)).toBe('running');
});

test('a guard looks on while the run lives, and ends with its journal', async () => {
  const katsu = await container('katsu');
  await using lock = await takeLock(remote, project, 'restore r1', 0);
  await writeJournal(lock, project, journalOf({ services: [katsu] }));
  const folder = join(home, '.candig-backup', project);
  const guards = async () =>
    await remote.run(['sh', '-c', 'flock -n "$1" echo none || echo one', 'sh', `${folder}/guard`]);
  await until('the guard to begin', async () => (await guards()) === 'one\n');
  await docker(['stop', '--time=0', katsu.id]);
  // Another journal of the same run is watched over as well.
  await writeJournal(lock, project, journalOf({ services: [katsu] }));
  await clearJournal(lock, project);
  await until('the guard to end', async () => (await guards()) === 'none\n', 15_000);
  expect(await stateOf(katsu.id)).toBe('exited');
  expect((await leftOf()).sort()).toEqual(['guard', 'holder', 'lock', 'work']);
});
