import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isBackupError } from '../../src/errors.ts';
import { forgetPrevious } from '../../src/operations/forget-previous.ts';
import type { RestoreRequest } from '../../src/operations/restore.ts';
import type { Remote } from '../../src/remote/remote.ts';
import { openSsh } from '../../src/remote/ssh.ts';
import { loginThrough, startProxy, type TcpProxy } from '../remote/proxy.ts';
import { openTestSite, type TestSite } from '../site.ts';
import { until } from '../stack/until.ts';
import { rolesInVault } from '../stack/vault-policies.ts';
import { killCount } from './kill-count.ts';
import { startRestore } from './restore-process.ts';
import { type Moment, placesFromOutage, tapMoments } from './tapped-remote.ts';
import { vaultAnswers } from './vault-well.ts';
import { expectWell, flushCache, lookUp, stamp, stampOf } from './well.ts';

/** In the backup, and taken away since; and somebody who came since. */
const [gone, late] = ['user3@canary.example.org', 'late@canary.example.org'];

let site: TestSite;
let proxy: TcpProxy;
/** What `gone` saw when they were backed up. */
let seenThen: unknown;
let round = 0;
const outcomes: string[] = [];
const shellsKilled: number[] = [];

beforeAll(async () => {
  site = await openTestSite({ vault: true, rows: 200, donors: 100 });
  proxy = await startProxy(site.stack.port);
  await stamp(site, 'new');
  seenThen = (await lookUp(site, gone)).value;
  expect(seenThen).toMatchObject({ datasets: [expect.any(String)] });
  await site.backUp({}, { include: ['databases', 'vault'] });
  // What they hold from now on is not in the backup: a Vault out of it does not know them.
  for (const name of ['query', 'opa', 'opa-runner'] as const)
    await site.stack.docker('restart', site.stack.containers[name]);
  await until('a look-up', async () => (await lookUp(site, gone)).status === 200);
}, 300_000);

afterAll(async () => {
  console.log(`Kill points of restores with authorization, all with a well site and one state: ${outcomes.join(', ')}`);
  console.log(`Shells that were killed each time: ${shellsKilled.join(', ')}`);
  await proxy?.stop();
  await site?.[Symbol.asyncDispose]();
});

async function makeOld(): Promise<void> {
  round += 1;
  await stamp(site, `old ${round}`);
  await flushCache(site);
  const { stack } = site;
  await stack.vault('DELETE', `opa/users/${gone}`);
  await stack.vault('POST', `opa/users/${late}`, { late: { program_id: 'x' } });
}

/** Which state authorization is in; fails if it is in neither. */
async function authorizationOf({ stack }: TestSite): Promise<'old' | 'new'> {
  const [first, second] = await Promise.all([gone, late].map((user) => stack.vault('GET', `opa/users/${user}`)));
  const isNew = first?.status === 200;
  expect(second?.status, 'the other entry is of the same time').toBe(isNew ? 404 : 200);
  return isNew ? 'new' : 'old';
}

type Asked = Pick<RestoreRequest, 'include' | 'authorization' | 'acceptReturned'>;

/** The moments of a whole restore, from the writing of the journal of its outage on. */
async function momentsOf(request: Asked): Promise<readonly Moment[]> {
  await makeOld();
  const all: Moment[] = [];
  const placeOf = placesFromOutage();
  const remote = tapMoments(site.remote, async (moment) => {
    if (placeOf(moment) >= 0) all.push(moment);
  });
  await site.restore({ remote }, request);
  return all;
}

/** A restore in this process, which is injured once it comes to a moment. Gives whether it came to it. */
async function injuredAt(at: number, request: Asked, through: Remote, injure: () => Promise<void>): Promise<boolean> {
  let isInjured = false;
  const placeOf = placesFromOutage();
  const remote = tapMoments(through, async (moment) => {
    if (placeOf(moment) !== at) return;
    await injure();
    isInjured = true;
  });
  const error: unknown = await site.restore({ remote }, request).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  // One that was not injured is done.
  if (error !== undefined && !(isInjured && isBackupError(error))) throw error;
  return isInjured;
}

/** Kills the shells of the host's sessions; of those there is always the one that holds the lock. */
async function killShells(): Promise<void> {
  const { docker, containers } = site.stack;
  // The guard is nobody's child, as on a real host.
  const kill = "for pid in $(pgrep -f '^sshd.*: deploy'); do pkill -KILL --echo -P $pid -f '^(sh|bash) -c' || :; done";
  const killed = (await docker('exec', containers.sshd, 'sh', '-c', kill)).split('\n').filter((line) => line !== '');
  expect(killed.length, 'shells that were killed').toBeGreaterThan(0);
  shellsKilled.push(killed.length);
}

/**
 * What happens to a restore at a moment, counted from the journal of its outage on; resolves once it is no more. Gives whether it came
 * to that moment.
 */
const ways: readonly (readonly [what: string, restore: (at: number, request: Asked) => Promise<boolean>])[] = [
  [
    'runner killed',
    async (at, request) => {
      const ending = await startRestore(site, { at: { sinceOutage: at }, signal: 'SIGKILL', request }).ending;
      if (ending !== undefined) expect(ending).toMatchObject({ code: 'done' });
      return ending === undefined;
    },
  ],
  [
    'connection lost',
    async (at, request) => {
      await using through = await openSsh(loginThrough(proxy, site.stack));
      return await injuredAt(at, request, through, async () => proxy.cut('reset'));
    },
  ],
  [
    'shells killed',
    async (at, request) => {
      await using through = await openSsh(loginThrough(proxy, site.stack));
      return await injuredAt(at, request, through, killShells);
    },
  ],
];

async function acceptedFor(request: Omit<Asked, 'acceptReturned'>): Promise<Asked> {
  await makeOld();
  const error: unknown = await site.restore({}, request).catch((reason: unknown) => reason);
  return { ...request, acceptReturned: Number(/^\d+/.exec((error as Error).message)?.[0]) };
}

describe.each(['secrets', 'whole'] as const)('a restore of databases and authorization (%s)', (authorization) => {
  const timeout = killCount === 'all' ? 12 * 3_600_000 : 3_600_000;
  test('that is cut off leaves both old or both new, and every service logs in', { timeout }, async () => {
    const request = await acceptedFor({ include: ['databases', 'vault'], authorization });
    const all = await momentsOf(request);
    const points = killCount === 'all' ? all.length : killCount;
    const forget = async () => {
      const host = { remote: site.remote, project: site.stack.project };
      await forgetPrevious({ site: site.site, host, confirm: site.site }, site.context());
    };
    for (let point = 0; point < points; point += 1) {
      let at = Math.floor((point * all.length) / points);
      const [what, restoreInjured] = ways[point % ways.length] ?? expect.fail('there is no such way');
      await makeOld();
      // Services are asked until they answer, so some restores are shorter: done before they come to a late moment.
      for (; !(await restoreInjured(at, request)); at -= 1) {
        expect(at, `a moment that no restore comes to: ${all[at]?.label}`).toBeGreaterThan(all.length / 2);
        outcomes.push(`${authorization}, ${what}: none at moment ${at}`);
        await forget();
        await makeOld();
      }
      const where = `(${what}) ${all[at]?.edge} ${all[at]?.label.slice(0, 60)}`;
      // Nobody comes: the host does that much by itself.
      await until(`Vault to answer after a death ${where}`, async () => await vaultAnswers(site.stack), 60_000);
      await site.recover();
      const authorizationIs = await authorizationOf(site);
      const databases = (await stampOf(site)) === 'new' ? 'new' : 'old';
      expect(databases, where).toBe(authorizationIs);
      await expectWell(site);
      for (const role of rolesInVault) expect(await site.stack.vaultLogin(role), `${role} ${where}`).toBe(200);
      const seen = databases === 'new' ? seenThen : { site_admin: false, datasets: [] };
      expect((await lookUp(site, gone)).value, where).toEqual(seen);
      outcomes.push(`${authorization}, ${what}: all ${databases}`);
      await forget();
    }
  });
});
