import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isBackupError } from '../../src/errors.ts';
import { forgetPrevious } from '../../src/operations/forget-previous.ts';
import type { RestoreRequest } from '../../src/operations/restore.ts';
import type { Remote } from '../../src/remote/remote.ts';
import { openSsh, type SshLogin } from '../../src/remote/ssh.ts';
import { startProxy, type TcpProxy } from '../remote/proxy.ts';
import { openTestSite, type TestSite } from '../site.ts';
import { until } from '../stack/until.ts';
import { rolesInVault } from '../stack/vault-policies.ts';
import { startRestore } from './restore-process.ts';
import { type Moment, outageFrom, tapMoments } from './tapped-remote.ts';
import { expectWell, flushCache, stamp, stampOf } from './well.ts';

/** In the backup, and taken away since; and somebody who came since. */
const [gone, late] = ['user3@canary.example.org', 'late@canary.example.org'];
const points = Number(process.env.KILL_POINTS ?? 6);

let site: TestSite;
let proxy: TcpProxy;
let round = 0;
const outcomes: string[] = [];

beforeAll(async () => {
  site = await openTestSite({ vault: true, rows: 200, donors: 100 });
  proxy = await startProxy(site.stack.port);
  await stamp(site, 'new');
  await site.backUp({}, { include: ['databases', 'vault'] });
}, 300_000);

afterAll(async () => {
  console.log(`Kill points of restores with authorization, all with a well site and one state: ${outcomes.join(', ')}`);
  await proxy?.stop();
  await site?.[Symbol.asyncDispose]();
});

function loginBy(at: number): SshLogin {
  const { host, port, user, privateKey, knownHosts } = site.stack;
  return { host, port: at, user, privateKey, knownHosts: knownHosts.replaceAll(`:${port}`, `:${at}`) };
}

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
  const from = outageFrom(all);
  expect(from).toBeGreaterThan(0);
  return { from, all };
}

/** A restore in this process, which is injured once it comes to a moment. */
async function injuredAt(at: number, request: Asked, through: Remote, injure: () => Promise<void>): Promise<void> {
  let passed = 0;
  const remote = tapMoments(through, async () => {
    passed += 1;
    if (passed === at + 1) await injure();
  });
  const error: unknown = await site.restore({ remote }, request).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error !== undefined && !isBackupError(error)) throw error;
}

/** What happens to a restore at a moment; resolves once it is no more. */
const ways: readonly (readonly [what: string, restore: (at: number, request: Asked) => Promise<void>])[] = [
  [
    'runner killed',
    async (at, request) => {
      expect(await startRestore(site, { at, signal: 'SIGKILL', request }).ending).toBeUndefined();
    },
  ],
  [
    'connection lost',
    async (at, request) => {
      await using through = await openSsh(loginBy(proxy.port));
      await injuredAt(at, request, through, async () => proxy.cut('reset'));
    },
  ],
  [
    'shells killed',
    async (at, request) => {
      await using through = await openSsh(loginBy(proxy.port));
      const { docker, containers } = site.stack;
      // Those of the host's sessions: the guard is nobody's child, as on a real host.
      const kill = "for pid in $(pgrep -f '^sshd.*: deploy'); do pkill -KILL -P $pid -f '^(sh|bash) -c' || :; done";
      await injuredAt(at, request, through, async () => void (await docker('exec', containers.sshd, 'sh', '-c', kill)));
    },
  ],
];

async function acceptedFor(request: Omit<Asked, 'acceptReturned'>): Promise<Asked> {
  await makeOld();
  const error: unknown = await site.restore({}, request).catch((reason: unknown) => reason);
  return { ...request, acceptReturned: Number(/^\d+/.exec((error as Error).message)?.[0]) };
}

describe.each(['secrets', 'whole'] as const)('a restore of databases and authorization (%s)', (authorization) => {
  test('that is cut off leaves both old or both new, and every service logs in', { timeout: 3_600_000 }, async () => {
    const request = await acceptedFor({ include: ['databases', 'vault'], authorization });
    const { from, all } = await momentsOf(request);
    const host = { remote: site.remote, project: site.stack.project };
    for (let point = 0; point < points; point += 1) {
      const at = from + Math.floor((point * (all.length - from)) / points);
      const [what, restoreInjured] = ways[point % ways.length] ?? expect.fail('there is no such way');
      await makeOld();
      await restoreInjured(at, request);
      const where = `(${what}) ${all[at]?.edge} ${all[at]?.label.slice(0, 60)}`;
      // Nobody comes: the host does that much by itself.
      await until(`Vault to answer after a death ${where}`, vaultAnswers, 60_000);
      await site.recover();
      const authorizationIs = await authorizationOf(site);
      const databases = (await stampOf(site)) === 'new' ? 'new' : 'old';
      expect(databases, where).toBe(authorizationIs);
      await expectWell(site);
      for (const role of rolesInVault) expect(await site.stack.vaultLogin(role), `${role} ${where}`).toBe(200);
      outcomes.push(`${authorization}, ${what}: all ${databases}`);
      await forgetPrevious({ site: site.site, host, confirm: site.site }, site.context());
    }
  });
});
