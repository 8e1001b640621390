import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isBackupError } from '../../src/errors.ts';
import { openSsh } from '../../src/remote/ssh.ts';
import type { SshLogin } from '../../src/ssh/login.ts';
import { loginThrough, startProxy, type TcpProxy } from '../remote/proxy.ts';
import { openTestSite, type TestSite } from '../site.ts';
import { until } from '../stack/until.ts';
import type { BackupTask } from './backup-child.ts';
import { fakeDocker } from './fake-docker.ts';
import { isJournal, type Moment, tapMoments } from './tapped-remote.ts';
import { expectNothingLeft, ownContainers, waitForVault } from './vault-well.ts';

let site: TestSite;
let proxy: TcpProxy;
let login: SshLogin;
let moments: readonly Moment[];
let slow: AsyncDisposable;
const tried: string[] = [];
let longestMs = 0;

/** Copying takes long enough that a test can come in between: inside the container, so that the client is there as well. */
const slowly = `case "$*" in "exec "*"/spool/vault.tar --exclude"*)
  set -- exec "$2" sh -c 'sleep 2; exec "$@"' sh "\${@:3}" ;; esac`;
const include = ['vault'] as const;

beforeAll(async () => {
  site = await openTestSite({ vault: true, rows: 200, donors: 100 });
  const { stack } = site;
  proxy = await startProxy(stack.port);
  login = loginThrough(proxy, stack);
  const seen: Moment[] = [];
  const remote = tapMoments(site.remote, async (moment) => void seen.push(moment));
  await site.backUp({ remote }, { include });
  moments = seen;
  slow = await fakeDocker(stack, slowly);
});
afterAll(async () => {
  console.log(
    `${tried.length} kill points of a backup of Vault (of ${moments.length} moments): thawed and unsealed without us after ${(longestMs / 1000).toFixed(1)} s at the longest; nothing was left after recover, and the next backup was whole\n${tried.join('\n')}`,
  );
  await slow?.[Symbol.asyncDispose]();
  await proxy?.stop();
  await site?.[Symbol.asyncDispose]();
});

/** Some moments, spread; most of them once there is something on the host. */
function spread(count: number, shift: number): Moment[] {
  const from = moments.findIndex(isJournal);
  expect(from).toBeGreaterThan(0);
  const late = moments.slice(from);
  const early = moments.slice(0, from);
  const pick = (list: readonly Moment[], many: number): Moment[] =>
    Array.from({ length: many }, (_, at) => list[Math.floor(((at + shift / 3) * list.length) / many)] as Moment);
  return [...pick(early, 1), ...pick(late, count - 1)];
}

const stateOf = async () =>
  await site.stack.docker('inspect', '--format={{.State.Status}}', site.stack.containers.vault);
const frozen = async () => await until('Vault to be frozen', async () => (await stateOf()) === 'paused', 30_000);

/** Waits for the host to put itself right, and holds it against what must be after that. */
async function settle(what: string, tookMs?: number): Promise<void> {
  tookMs ??= await waitForVault(site.stack);
  expect(await stateOf()).toBe('running');
  longestMs = Math.max(longestMs, tookMs);
  tried.push(`${what}: ${(tookMs / 1000).toFixed(1)} s`);
  await site.recover();
  await expectNothingLeft(site.stack);
  const report = await site.backUp({}, { include });
  expect(report).toMatchObject({ status: 'complete', healed: [] });
}

/** A backup in a process of its own, which is killed at a moment, or so long after Vault was frozen. */
async function backUpInChild(at: Moment | number): Promise<void> {
  const task: BackupTask = {
    login: { ...login, port: site.stack.port, knownHosts: site.stack.knownHosts },
    project: site.stack.project,
    site: site.site,
    storeFolder: site.storeFolder,
    recipient: site.keys.recipient,
    signing: site.keys.signing,
    include,
    at: typeof at === 'number' ? { edge: 'before', label: 'no such moment' } : at,
    signal: 'SIGKILL',
  };
  const script = new URL('backup-child.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = once(child, 'exit');
  child.stdin.end(JSON.stringify(task));
  if (typeof at === 'number') {
    await frozen();
    await delay(at);
    expect(await stateOf()).toBe('paused');
    child.kill('SIGKILL');
  }
  // One that never came to the moment ends by itself.
  expect(
    await ended,
    `killed ${typeof at === 'number' ? `${at} ms into the freeze` : `${at.edge} ${at.label}`}`,
  ).toEqual([null, 'SIGKILL']);
}

interface Injured {
  /** How the run ended. */
  readonly code: string;
  /** From the injury until Vault answered. */
  readonly tookMs: number;
}

/** A backup over a login of its own, with something done at a moment, or while Vault is frozen. Fails if that never came. */
async function backUpWith(at: Moment | undefined, injure: () => Promise<void>): Promise<Injured> {
  let thawed: Promise<number> | undefined;
  const injureAndWatch = async (): Promise<void> => {
    await injure();
    thawed = waitForVault(site.stack);
    thawed.catch(() => {});
  };
  await using through = await openSsh(login);
  let isDone = false;
  const remote = tapMoments(through, async (moment) => {
    if (isDone || moment.edge !== at?.edge || moment.label !== at.label) return;
    isDone = true;
    await injureAndWatch();
  });
  const ended = site.backUp({ remote }, { include }).then(
    () => 'done',
    (error: unknown) => (isBackupError(error) ? error.code : String(error)),
  );
  if (at === undefined) {
    await frozen();
    await injureAndWatch();
  }
  const code = await ended;
  if (thawed === undefined) expect.fail(`the run said ${code} and never came to: ${at?.edge} ${at?.label}`);
  return { code, tookMs: await thawed };
}

const inHost = async (line: string) => await site.stack.docker('exec', site.stack.containers.sshd, 'sh', '-c', line);
/** Kills what there is of each pattern on the host; fails if there is none. */
const kill =
  (...patterns: string[]) =>
  async (): Promise<void> => {
    for (const pattern of patterns) {
      const killed = await inHost(
        `for pid in $(pgrep -f '${pattern}'); do [ $pid = $$ ] || ! kill -9 $pid || echo $pid; done`,
      );
      expect(killed, `killed of ${pattern}`).toMatch(/^\d+/);
    }
  };
const freezing = '^sh -c vault=[$]1; shift';

describe('Vault is thawed without us, wherever a backup of it dies', () => {
  test('the runner is killed', { timeout: 400_000 }, async () => {
    for (const at of spread(6, 0)) {
      await backUpInChild(at);
      await settle(`runner ${at.edge} ${at.label}`);
    }
  });

  test('the runner is killed while Vault is frozen', { timeout: 200_000 }, async () => {
    for (const waitMs of [0, 600]) {
      await backUpInChild(waitMs);
      await settle(`runner ${waitMs} ms into the freeze`);
    }
  });

  test('the connection is lost', { timeout: 400_000 }, async () => {
    for (const at of [...spread(5, 1), undefined, undefined]) {
      const { tookMs } = await backUpWith(at, async () => proxy.cut('reset'));
      await settle(`connection ${at === undefined ? 'while frozen' : `${at.edge} ${at.label}`}`, tookMs);
    }
  });

  const shells: readonly (readonly [what: string, injure: () => Promise<void>])[] = [
    ['the shell that freezes', kill(freezing)],
    ['the docker client that copies', kill('^/usr/bin/docker exec .*/spool/vault.tar')],
    ['the shell that freezes and the client that copies', kill(freezing, '^/usr/bin/docker exec .*/spool/vault.tar')],
    ['the shell that holds the lock', kill('^sh -c umask 077')],
    ['the shells that freeze and that hold the lock', kill(freezing, '^sh -c umask 077')],
    ['all sessions of the host', kill('^sshd.*: deploy')],
    ['all sessions and the shell that freezes', kill(freezing, '^sshd.*: deploy')],
  ];
  test.each(shells)('while it is frozen %s is killed', { timeout: 200_000 }, async (what, injure) => {
    const { tookMs } = await backUpWith(undefined, injure);
    await settle(what, tookMs);
  });

  test('a black hole swallows the connection, and the shell that freezes dies in it', {
    timeout: 200_000,
  }, async () => {
    const { code, tookMs } = await backUpWith(undefined, async () => {
      await inHost('iptables -A INPUT -p tcp --dport 22 -j DROP; iptables -A OUTPUT -p tcp --sport 22 -j DROP');
      await kill(freezing)();
      expect(await stateOf()).toBe('paused');
    });
    console.log(`in a black hole the guard thawed Vault after ${(tookMs / 1000).toFixed(1)} s; the run said ${code}`);
    await inHost('iptables -F');
    await settle('black hole', tookMs);
  });

  test('asked to stop while the host cannot be reached, a run gives up within six seconds', {
    timeout: 200_000,
  }, async () => {
    await using through = await openSsh(login);
    const stop = new AbortController();
    const ended = site.backUp({ remote: through, signal: stop.signal }, { include }).catch((error: unknown) => error);
    await frozen();
    proxy.cut('silence');
    const fromMs = performance.now();
    stop.abort();
    expect(await ended).toMatchObject({ code: 'cancelled' });
    await through[Symbol.asyncDispose]();
    const tookMs = performance.now() - fromMs;
    console.log(`asked to stop in a black hole, the run gave up after ${(tookMs / 1000).toFixed(1)} s`);
    expect(tookMs).toBeLessThan(6_000);
    await settle('stop in a black hole');
  });

  test('asked twice to stop while Vault is frozen, a run leaves nothing at all', { timeout: 200_000 }, async () => {
    const stop = new AbortController();
    const ended = site.backUp({ signal: stop.signal }, { include }).catch((error: unknown) => error);
    await frozen();
    stop.abort();
    stop.abort();
    expect(await ended).toMatchObject({ code: 'cancelled' });
    await waitForVault(site.stack);
    // What a machine that is too busy for our patience leaves is the guard's.
    await until('nothing of ours to be left', async () => (await ownContainers(site.stack)) === '');
    await settle('two requests to stop');
  });
});
