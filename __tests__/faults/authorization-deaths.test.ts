import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forgetPrevious } from '../../src/operations/forget-previous.ts';
import type { RestoreRequest } from '../../src/operations/restore.ts';
import { openTestSite, type TestSite } from '../site.ts';
import { run } from '../stack/run.ts';
import { until } from '../stack/until.ts';
import { rolesInVault } from '../stack/vault-policies.ts';
import type { Task } from './restore-child.ts';
import { isJournal, type Moment, tapMoments } from './tapped-remote.ts';
import { expectWell, flushCache, stamp, stampOf } from './well.ts';

/** In the backup, and taken away since; and somebody who came since. */
const [gone, late] = ['user3@canary.example.org', 'late@canary.example.org'];
const points = Number(process.env.KILL_POINTS ?? 5);

let site: TestSite;
let round = 0;
const outcomes: string[] = [];

beforeAll(async () => {
  site = await openTestSite({ vault: true, rows: 200, donors: 100 });
  await stamp(site, 'new');
  await site.backUp({}, { include: ['databases', 'vault'] });
}, 300_000);

afterAll(async () => {
  console.log(`Kill points of restores with authorization, all with a well site and one state: ${outcomes.join(', ')}`);
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

async function vaultAnswers(): Promise<boolean> {
  const answer = await fetch(`${site.stack.vaultUrl}/v1/sys/health`, { signal: AbortSignal.timeout(2_000) });
  await answer.arrayBuffer();
  return answer.status === 200;
}

type Asked = Pick<RestoreRequest, 'include' | 'authorization' | 'acceptReturned'>;

/** The moments of a whole restore, from the writing of the journal on. */
async function momentsOf(request: Asked): Promise<{ readonly from: number; readonly all: readonly Moment[] }> {
  await makeOld();
  const all: Moment[] = [];
  const remote = tapMoments(site.remote, async (moment) => void all.push(moment));
  await site.restore({ remote }, request);
  const from = all.findIndex(isJournal);
  expect(from).toBeGreaterThan(0);
  return { from, all };
}

async function dieAt(at: number, request: Asked): Promise<void> {
  const { host, port, user, privateKey, knownHosts, project } = site.stack;
  const task: Task = {
    login: { host, port, user, privateKey, knownHosts },
    project,
    site: site.site,
    storeFolder: site.storeFolder,
    identity: site.keys.identity,
    publicKey: site.keys.public,
    at,
    signal: 'SIGKILL',
    request,
  };
  const child = new URL('restore-child.ts', import.meta.url).pathname;
  await run(process.execPath, [child], { input: JSON.stringify(task), timeoutMs: 180_000 }).catch((error: unknown) => {
    if (!String(error).includes('SIGKILL')) throw error;
  });
}

async function acceptedFor(request: Omit<Asked, 'acceptReturned'>): Promise<Asked> {
  await makeOld();
  const error: unknown = await site.restore({}, request).catch((reason: unknown) => reason);
  return { ...request, acceptReturned: Number(/^\d+/.exec((error as Error).message)?.[0]) };
}

describe.each(['secrets', 'whole'] as const)('a restore of databases and authorization (%s)', (authorization) => {
  test('that is killed leaves both old or both new, and every service logs in', { timeout: 3_600_000 }, async () => {
    const request = await acceptedFor({ include: ['databases', 'vault'], authorization });
    const { from, all } = await momentsOf(request);
    const host = { remote: site.remote, project: site.stack.project };
    for (let point = 0; point < points; point += 1) {
      const at = from + Math.floor((point * (all.length - from)) / points);
      await makeOld();
      await dieAt(at, request);
      const where = `${all[at]?.edge} ${all[at]?.label.slice(0, 60)}`;
      // Nobody comes: the host does that much by itself.
      await until(`Vault to answer after a death ${where}`, vaultAnswers, 60_000);
      await site.recover();
      const authorizationIs = await authorizationOf(site);
      const databases = (await stampOf(site)) === 'new' ? 'new' : 'old';
      expect(databases, where).toBe(authorizationIs);
      await expectWell(site);
      for (const role of rolesInVault) expect(await site.stack.vaultLogin(role), `${role} ${where}`).toBe(200);
      outcomes.push(`${authorization} all ${databases}`);
      await forgetPrevious({ site: site.site, host, confirm: site.site }, site.context());
    }
  });
});
