import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isBackupError } from '../../src/errors.ts';
import { openSsh } from '../../src/remote/ssh.ts';
import type { SshLogin } from '../../src/ssh/login.ts';
import { loginThrough, startProxy, type TcpProxy } from '../remote/proxy.ts';
import { openTestSite, type TestSite } from '../site.ts';
import { killCount } from './kill-count.ts';
import { startRestore } from './restore-process.ts';
import { type Moment, outageFrom, tapMoments } from './tapped-remote.ts';
import { expectWell, flushCache, keptCopies, stamp, stampOf } from './well.ts';

let site: TestSite;
let proxy: TcpProxy;
let login: SshLogin;
let moments: readonly Moment[];
let kept: readonly string[];
let round = 0;
const tried: string[] = [];
const outcomes = new Map<string, number>();
let longestStopMs = 0;

beforeAll(async () => {
  site = await openTestSite({ rows: 200, donors: 100 });
  const { stack } = site;
  proxy = await startProxy(stack.port);
  login = loginThrough(proxy, stack);
  await stamp(site, 'new');
  await site.backUp();
  await stamp(site, 'kept');
  // A dry run: it tells the moments there are, and leaves copies that no later run may touch.
  const seen: Moment[] = [];
  await site.restore({
    remote: tapMoments(site.remote, async (moment) => {
      seen.push(moment);
    }),
  });
  moments = seen;
  kept = await keptCopies(site);
  expect(kept).toHaveLength(2);
});

afterAll(async () => {
  const said = [...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
  console.log(`${tried.length} kill points of a restore (of ${moments.length} moments), all with a well site: ${said}`);
  const outageMoments = moments.length - outageFrom(moments);
  console.log(
    `${outageMoments} moments are of the outage. Asked to stop, the longest took ${(longestStopMs / 1000).toFixed(1)} s, starting the services included`,
  );
  await proxy?.stop();
  await site?.[Symbol.asyncDispose]();
});

/**
 * The moments to injure a run at: every one of the outage and some before it, shared among the ways. All of them in
 * every way with KILL_POINTS=all, which takes hours; another number of the outage's with KILL_POINTS=<number>.
 */
function momentsFor(way: number): number[] {
  const all = moments.map((_, index) => index);
  if (killCount === 'all') return all;
  const from = outageFrom(moments);
  expect(from).toBeGreaterThan(0);
  const outage = all.filter((index) => index >= from);
  const earlier = all.filter((index) => index < from);
  const spread = (list: readonly number[], count: number, shift: number): number[] =>
    Array.from({ length: count }, (_, at) => list[Math.floor(((at + shift / 3) * list.length) / count)] ?? 0);
  return [...new Set([...spread(earlier, 1, way), ...spread(outage, killCount, way)])];
}

/** Makes the living site old, in a way that its caches know of. */
async function makeOld(): Promise<string> {
  round += 1;
  const old = `old ${round}`;
  await stamp(site, old);
  await flushCache(site);
  await fetch(`${site.stack.katsuUrl}/v3/discovery/donors/`).then((answer) => answer.arrayBuffer());
  return old;
}

async function settle(way: string, at: number, old: string, ended: string): Promise<void> {
  const { edge, label } = moments[at] as Moment;
  tried.push(`${way} ${edge} ${label}`);
  const value = await expectWell(site);
  expect([old, 'new']).toContain(value);
  const outcome = `${value === 'new' ? 'all new' : 'all old'} after ${way}`;
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  if (ended === 'done') expect(value).toBe('new');
  const copies = await keptCopies(site);
  expect(copies).toEqual(expect.arrayContaining([...kept]));
  // What this round kept would fill the disk; the first copies stay to the end.
  for (const line of copies.filter((copy) => !kept.includes(copy))) {
    await site.stack.psql('postgres', `DROP DATABASE "${line.split(' ')[0]}" WITH (FORCE)`);
  }
}

describe('a restore that dies at any moment leaves a well site, all old or all new', () => {
  test('killed, and put right by a recover in another process', { timeout: 3_600_000 }, async () => {
    for (const at of momentsFor(0)) {
      const old = await makeOld();
      expect(await startRestore(site, { at, signal: 'SIGKILL' }).ending).toBeUndefined();
      await site.recover();
      await settle('a kill', at, old, 'killed');
    }
  });

  test('asked to stop, and put right by itself', { timeout: 3_600_000 }, async () => {
    for (const at of momentsFor(1)) {
      const old = await makeOld();
      const ending = await startRestore(site, { at, signal: 'SIGINT' }).ending;
      expect(ending?.code, `${moments[at]?.edge} ${moments[at]?.label}: ${ending?.message}`).toMatch(
        /^(cancelled|done)$/,
      );
      await settle('a request to stop', at, old, ending?.code ?? '');
      longestStopMs = Math.max(longestStopMs, ending?.stopMs ?? 0);
      if (ending?.code === 'cancelled') expect(await stampOf(site)).toBe(old);
    }
  });

  test('with its connection destroyed, and put right by itself or the next run', { timeout: 3_600_000 }, async () => {
    for (const at of momentsFor(2)) {
      const old = await makeOld();
      let passed = 0;
      await using through = await openSsh(login);
      const remote = tapMoments(through, async () => {
        passed += 1;
        if (passed === at + 1) proxy.cut('reset');
      });
      const code = await site.restore({ remote }).then(
        () => 'done',
        (error: unknown) => (isBackupError(error) ? error.code : String(error)),
      );
      expect(code).toMatch(/^(done|connection-lost|swap-failed|needs-person)$/);
      await site.recover();
      await settle('a lost connection', at, old, code);
    }
  });
});
