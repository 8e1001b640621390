import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isBackupError } from '../../src/errors.ts';
import { openTestSite, type TestSite } from '../site.ts';
import { until } from '../stack/until.ts';
import { startRestore } from './restore-process.ts';
import { type Moment, tapMoments } from './tapped-remote.ts';
import { expectWell, flushCache, stamp, stampOf } from './well.ts';

let site: TestSite;
const children: ChildProcess[] = [];

beforeAll(async () => {
  site = await openTestSite({ rows: 200, donors: 100 });
  await stamp(site, 'new');
  await site.backUp();
});

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await site?.[Symbol.asyncDispose]();
});

/** When each service was started last: nothing was done to any of them if it stays the same. */
async function startTimes(): Promise<string> {
  const { containers } = site.stack;
  return await site.stack.docker(
    ...['inspect', '--format', '{{.State.Status}} {{.State.StartedAt}}'],
    ...[containers.katsu, containers.htsget, containers['candig-ingest'], containers['postgres-db']],
  );
}

async function isStopped(child: ChildProcess): Promise<void> {
  await until(
    'the process to be stopped',
    async () => / T /.test(await readFile(`/proc/${child.pid}/stat`, 'utf8')),
    60_000,
  );
}

test('a second run is refused and told who works, and the first goes on', async () => {
  const entered = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const first = site.backUp({
    remote: tapMoments(site.remote, async ({ label }) => {
      if (!label.includes('BEGIN TRANSACTION')) return;
      entered.resolve();
      await goOn.promise;
    }),
  });
  await entered.promise;
  await using other = await site.logIn();
  const error = await site.backUp({ remote: other }).catch((reason: unknown) => reason);
  goOn.resolve();
  const { backupId } = await first;
  expect(isBackupError(error, 'locked')).toBe(true);
  expect((error as Error).message).toContain(`backup ${backupId}`);
  expect((await site.verify(backupId)).opened).toBe(true);
});

describe('a runner that slept longer than the host is patient', () => {
  const recovered = async (): Promise<void> => expect((await site.recover()).join('\n')).toMatch(/started/);
  const guarded = async (): Promise<void> =>
    await until('the host to start what was stopped', async () => !(await startTimes()).includes('exited'), 60_000);
  const cases: readonly (readonly [string, Moment, string, () => Promise<void>, 'old' | 'new'])[] = [
    ['before the swap', { edge: 'after', label: 'docker stop' }, 'the next run', recovered, 'old'],
    ['after the swap', { edge: 'after', label: 'COMMIT' }, 'the next run', recovered, 'new'],
    ['before the swap', { edge: 'after', label: 'docker stop' }, 'the host itself', guarded, 'old'],
    ['after the swap', { edge: 'after', label: 'COMMIT' }, 'the host itself', guarded, 'new'],
  ];
  test.each(cases)(
    '%s (%o) has lost the site to %s, and changes nothing more',
    { timeout: 300_000 },
    async (_, moment, __, putRight, expected) => {
      await stamp(site, 'old');
      await flushCache(site);
      const { child, ending } = startRestore(site, { at: moment, signal: 'SIGSTOP' });
      children.push(child);
      await isStopped(child);
      const fromMs = performance.now();
      await putRight();
      const waitedS = (performance.now() - fromMs) / 1000;
      expect(await stampOf(site)).toBe(expected);
      const before = await startTimes();
      child.kill('SIGCONT');
      const { code, message } = (await ending) ?? expect.fail('it was killed');
      console.log(
        `A runner that slept: its site was free after ${waitedS.toFixed(1)} s; woken, it said ${code}: ${message}`,
      );
      expect(code).toBe('needs-person');
      expect(message).toContain('the host itself or another run has put the site right since');
      expect(await startTimes()).toBe(before);
      await site.recover();
      expect(await expectWell(site)).toBe(expected);
    },
  );
});
