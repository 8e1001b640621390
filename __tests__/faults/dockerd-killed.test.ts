import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newRunId } from '../../src/operations/context.ts';
import { recover } from '../../src/operations/recover.ts';
import { enterHost } from '../../src/operations/site-access.ts';
import type { Remote } from '../../src/remote/remote.ts';
import { vaultPart } from '../../src/sources/vault/dump.ts';
import { until } from '../stack/until.ts';
import { rolesInVault } from '../stack/vault-policies.ts';
import { type OwnSite, openOwnSite, services } from './own-site.ts';
import { isJournal, type Moment, tapMoments } from './tapped-remote.ts';

let site: OwnSite;
const tried: string[] = [];

beforeAll(async () => {
  site = await openOwnSite();
});
afterAll(async () => {
  console.log(`dockerd killed at ${tried.length} moments:\n${tried.join('\n')}`);
  await site?.[Symbol.asyncDispose]();
});

/** Goes through a run until it has ended; dockerd dies on the way, once. Gives the run's code. */
async function dyingAt(
  at: ((moment: Moment) => boolean) | undefined,
  run: (through: Remote, die: () => Promise<void>) => Promise<unknown>,
): Promise<string> {
  let died: Promise<void> | undefined;
  const die = async (): Promise<void> => {
    died ??= site.dockerd.kill();
    await died;
  };
  const through = tapMoments(site.remote, async (moment) => {
    if (died === undefined && at?.(moment)) await die();
  });
  const code = await run(through, die).then(
    () => 'done',
    (error: unknown) => (error as { code?: string }).code ?? String(error),
  );
  expect(died).toBeDefined();
  return code;
}

async function allRun(): Promise<boolean> {
  for (const service of services) if ((await site.inspect('{{.State.Status}}', service)) !== 'running') return false;
  return true;
}

async function expectNothingLeft(): Promise<void> {
  const ours = `--filter=label=candig-backup.project=${site.project}`;
  expect(await site.dockerd.docker('ps', '--all', '--quiet', ours)).toBe('');
}

const recovered = async () => await recover({ remote: site.remote, project: site.project }, site.context);

const isAt = (edge: Moment['edge'], text: string) => (moment: Moment) =>
  moment.edge === edge && moment.label.includes(text);

describe('a backup', () => {
  /** A copy of Vault as a backup takes it, read to its end. */
  async function copy(through: Remote, between: () => Promise<void>): Promise<number> {
    const { project, context } = site;
    const runId = newRunId(context);
    await using access = await enterHost({ remote: through, project }, 'backup', runId, context, 40_000);
    const vault = { remote: through, project, runId, fenced: access.fenced, stack: access.stack };
    await using dump = await vaultPart(vault).begin({ signal: context.signal });
    await between();
    return (await buffer(dump.content)).length;
  }

  const cases: readonly (readonly [what: string, at: ((moment: Moment) => boolean) | 'frozen' | 'spooled'])[] = [
    ['the journal was written', (moment) => moment.edge === 'after' && isJournal(moment)],
    ['the container for the copy was made', isAt('after', ' 43200')],
    ['Vault was about to be frozen', isAt('before', '/spool/vault.tar --exclude')],
    ['Vault was frozen', 'frozen'],
    ['Vault was frozen, a second time', 'frozen'],
    ['Vault was thawed again', isAt('after', '/spool/vault.tar --exclude')],
    ['the copy was about to be read', 'spooled'],
  ];

  test.each(cases)(
    'dockerd dies when %s, and the guard starts what ran once it is back',
    { timeout: 240_000 },
    async (what, at) => {
      await until('Vault', site.isUnsealed);
      const code = await dyingAt(typeof at === 'function' ? at : undefined, async (through, die) => {
        const copied = copy(through, async () => {
          if (at === 'spooled') await die();
        });
        if (at === 'frozen') {
          const isFrozen = async () => (await site.inspect('{{.State.Status}}', 'vault')) === 'paused';
          await until('Vault to be frozen', isFrozen);
          await die();
        }
        await copied;
      });
      await site.dockerd.start();
      const fromMs = performance.now();
      await until('everything that ran', async () => (await allRun()) && (await site.isUnsealed()));
      const tookS = (performance.now() - fromMs) / 1000;
      tried.push(`backup, ${what}: ${tookS.toFixed(1)} s after its return; the run said ${code}`);
      const started: string[] = [];
      for (const service of services) started.push(await site.inspect('{{.State.StartedAt}}', service));
      expect(started).toEqual([...started].sort());
      expect(await recovered()).toContain(`unsealed ${site.project}_vault_1`);
      await expectNothingLeft();
      expect(await copy(site.remote, async () => {})).toBeGreaterThan(10_000);
    },
  );
});

describe('a restore of databases and authorization', () => {
  /** In the backup, and taken away since; and somebody who came since. */
  const [gone, late] = ['user3@canary.example.org', 'late@canary.example.org'];

  let acceptReturned: number;

  async function stamp(value: string): Promise<void> {
    const table = `CREATE TABLE IF NOT EXISTS stamp (v text); TRUNCATE stamp; INSERT INTO stamp VALUES ('${value}')`;
    for (const database of ['clinical', 'genomic']) await site.psql(database, table);
  }

  async function makeOld(): Promise<void> {
    await stamp('old');
    await site.vault('DELETE', `opa/users/${gone}`);
    await site.vault('PUT', `opa/users/${late}`, { late: { program_id: 'x' } });
  }

  /** Which state each part of the site is in. */
  async function states(): Promise<string[]> {
    const databases = ['clinical', 'genomic'].map((database) => site.psql(database, 'SELECT v FROM stamp'));
    const [first, second] = await Promise.all([gone, late].map((user) => site.vault('GET', `opa/users/${user}`)));
    const entries = [first?.status === 200 ? 'new' : 'old', second?.status === 200 ? 'old' : 'new'];
    return [...(await Promise.all(databases)), ...entries];
  }

  beforeAll(async () => {
    await until('Vault', site.isUnsealed);
    await stamp('new');
    await site.backUp();
    await makeOld();
    const refused: unknown = await site
      .restore(site.remote, { authorization: 'secrets', acceptReturned: 0 })
      .catch((error: unknown) => error);
    acceptReturned = Number(/^\d+/.exec((refused as Error).message)?.[0]);
  });

  /** Of those of the outage: what is staged beforehand is stopped as well. */
  const isInOutage = (edge: Moment['edge'], text: string) => {
    let isBegun = false;
    return (moment: Moment) => {
      isBegun ||= isJournal(moment);
      return isBegun && isAt(edge, text)(moment);
    };
  };
  const stopped = ['the services are stopped', () => isInOutage('after', 'docker stop'), 'old'] as const;
  const written = ['authorization is in place', () => isInOutage('before', 'COMMIT'), 'old'] as const;
  const swapped = ['the databases have just changed places', () => isInOutage('after', 'COMMIT'), 'new'] as const;
  const cases = [
    ...[stopped, written, swapped].map((moment) => ['secrets', ...moment] as const),
    ...[written, swapped].map((moment) => ['whole', ...moment] as const),
  ];

  test.each(cases)(
    '%s: dockerd dies when %s, and recover leaves all of it of one time',
    { timeout: 240_000 },
    async (authorization, what, at, expected) => {
      await makeOld();
      const asked = { authorization, acceptReturned };
      const code = await dyingAt(at(), async (through) => await site.restore(through, asked));
      await site.dockerd.start();
      const fromMs = performance.now();
      // That much the host does by itself.
      await until('Vault to be unsealed', site.isUnsealed);
      const tookS = (performance.now() - fromMs) / 1000;
      const told = await recovered();
      tried.push(
        `restore (${authorization}), ${what}: Vault unsealed ${tookS.toFixed(1)} s after its return; the run said ${code}, recover ${told.length} lines`,
      );
      expect(await allRun()).toBe(true);
      expect(await site.isUnsealed()).toBe(true);
      for (const role of rolesInVault) expect(await site.logIn(role), role).toContain(' 200 ');
      expect(await states()).toEqual([expected, expected, expected, expected]);
      await expectNothingLeft();
      expect(await recovered()).toEqual([]);
    },
  );
});
