import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exitCodeOf } from '../../src/errors.ts';
import { openSsh } from '../../src/remote/ssh.ts';
import { loginThrough, startProxy } from '../remote/proxy.ts';
import { openTestSite, type TestSite } from '../site.ts';
import { until } from '../stack/until.ts';
import { startRestore } from './restore-process.ts';
import { tapMoments } from './tapped-remote.ts';
import { expectWell, flushCache, stamp } from './well.ts';

let site: TestSite;
let child: ChildProcess | undefined;
const stopped = ['katsu', 'htsget', 'candig-ingest'] as const;

beforeAll(async () => {
  site = await openTestSite({ rows: 200, donors: 100 });
  await stamp(site, 'new');
  await site.backUp();
});
afterAll(async () => {
  child?.kill('SIGKILL');
  await site?.[Symbol.asyncDispose]();
});

async function openProxy(to: number) {
  const proxy = await startProxy(to);
  return { ...proxy, [Symbol.asyncDispose]: async () => await proxy.stop() };
}

const stateOf = async (name: (typeof stopped)[number]) =>
  await site.stack.docker('inspect', '--format={{.State.Status}}', site.stack.containers[name]);
const states = async () => await Promise.all(stopped.map(stateOf));
const allAre = async (state: string) => (await states()).every((it) => it === state);

/** Waits, doing nothing, until the guard has started what was stopped; gives how long that took. */
async function waitForServices(): Promise<number> {
  const fromMs = performance.now();
  await until('the services to be up', async () => await allAre('running'), 60_000);
  return (performance.now() - fromMs) / 1000;
}

async function makeOld(): Promise<void> {
  await stamp(site, 'old');
  await flushCache(site);
}

test('services are up within a minute though the machine of the runner is lost in the outage', {
  timeout: 240_000,
}, async () => {
  await makeOld();
  // The host hears no more of it, and no goodbye.
  const task = { at: { edge: 'after', label: 'docker stop' }, signal: 'SIGSTOP' } as const;
  child = startRestore(site, task).child;
  const { pid } = child;
  await until('the runner to stand still', async () => / T /.test(await readFile(`/proc/${pid}/stat`, 'utf8')));
  expect(await allAre('exited')).toBe(true);
  console.log(
    `the runner lost in the outage: services up by the guard alone after ${(await waitForServices()).toFixed(1)} s`,
  );
  child.kill('SIGKILL');
  const told = await site.recover();
  for (const name of stopped) expect(told).toContain(`started ${site.stack.project}_${name}_1`);
  expect(await expectWell(site)).toBe('old');
});

test('asked to stop in the outage while the host cannot be reached, a restore gives up within six seconds', {
  timeout: 240_000,
}, async () => {
  await makeOld();
  await using proxy = await openProxy(site.stack.port);
  const stop = new AbortController();
  let fromMs = Number.NaN;
  const error = await (async () => {
    await using through = await openSsh(loginThrough(proxy, site.stack));
    const remote = tapMoments(through, async ({ edge, label }) => {
      if (stop.signal.aborted || edge !== 'after' || !label.includes('docker stop')) return;
      proxy.cut('silence');
      fromMs = performance.now();
      stop.abort();
    });
    return await site.restore({ remote, signal: stop.signal }).catch((reason: unknown) => reason);
  })();
  const tookMs = performance.now() - fromMs;
  console.log(
    `asked to stop in a black hole: given up after ${(tookMs / 1000).toFixed(1)} s: ${(error as Error).message}`,
  );
  expect(tookMs).toBeLessThan(6_000);
  expect(exitCodeOf(error)).toBe(4);
  console.log(`services up by the guard alone after ${(await waitForServices()).toFixed(1)} s`);
  await site.recover();
  expect(await expectWell(site)).toBe('old');
});

test('with fluentd dead when services are to start again, the run says which is down, and the guard goes on trying', {
  timeout: 240_000,
}, async () => {
  await makeOld();
  const { fluentd } = site.stack.containers;
  let isDead = false;
  const remote = tapMoments(site.remote, async ({ edge, label }) => {
    if (isDead || edge !== 'after' || !label.includes('docker stop')) return;
    isDead = true;
    await site.stack.docker('kill', fluentd);
  });
  const error = await site.restore({ remote }).catch((reason: unknown) => reason);
  expect(exitCodeOf(error)).toBe(4);
  console.log(`fluentd dead: ${(error as Error).message}`);
  expect((error as Error).message).toMatch(/_(katsu|htsget|candig-ingest)_1/);
  expect(await allAre('running')).toBe(false);
  await site.stack.docker('start', fluentd);
  console.log(`fluentd back: services up by the guard alone after ${(await waitForServices()).toFixed(1)} s`);
  await site.recover();
  expect(await expectWell(site)).toBe('old');
});
