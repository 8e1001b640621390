import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ended } from './built-cli.ts';
import { openSiteByCli, type SiteByCli } from './site-by-cli.ts';

let site: SiteByCli;
let before: string;

beforeAll(async () => {
  site = await openSiteByCli(17);
  before = await site.donors();
  expect((await site.cli.run(['backup'], site.overSsh)).code).toBe(0);
});

afterAll(async () => {
  await site[Symbol.asyncDispose]();
});

/** Sends each signal when its words appear on standard error. */
function sendAt(child: ChildProcessWithoutNullStreams, plan: readonly (readonly [string, NodeJS.Signals])[]): void {
  let said = '';
  const left = [...plan];
  child.stderr.on('data', (chunk) => {
    said += String(chunk);
    while (left[0] !== undefined && said.includes(left[0][0])) child.kill(left.shift()?.[1]);
  });
}

async function expectWell(): Promise<void> {
  expect(await site.donors()).toBe(before);
  const planned = await site.cli.run(['plan', '--json'], site.overSsh);
  const { containers, unfinishedRun } = JSON.parse(planned.stdout);
  expect(unfinishedRun).toBeNull();
  for (const { state, well } of containers) {
    expect(state).toBe('running');
    expect(well).not.toBe(false);
  }
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s ends a backup with 130 and leaves no backup',
  async (signal) => {
    const listed = async () => JSON.parse((await site.cli.run(['list', '--json'], site.overSsh)).stdout).backups;
    const whole = async () => (await listed()).filter(({ state }: { state: string }) => state === 'whole').length;
    const count = await whole();
    const child = site.cli.start(['backup'], site.overSsh);
    sendAt(child, [['Dump the databases', signal]]);
    expect(await ended(child)).toMatchObject({ code: 130, stdout: '', stderr: expect.stringContaining('error: ') });
    expect(await whole()).toBe(count);
    await expectWell();
  },
);

test.each(['Look at the site', 'Stage beside', 'Check what is staged', 'Stop 3 services', 'Start the services'])(
  'SIGINT at "%s" of a restore ends it with 130, and the site is as it was',
  async (phase) => {
    const child = site.cli.start(['restore', '--confirm', 'demo'], site.overSsh);
    sendAt(child, [[phase, 'SIGINT']]);
    const { code, stderr } = await ended(child);
    expect({ code, stderr }).toMatchObject({ code: 130 });
    expect(stderr).toContain('Stopping: what was begun is undone first');
    await expectWell();
  },
);

test('further signals while things are put back are answered, and change nothing', async () => {
  const child = site.cli.start(['restore', '--confirm', 'demo'], site.overSsh);
  sendAt(child, [
    ['Start the services', 'SIGINT'],
    ['what was begun is undone', 'SIGINT'],
    ['Still putting things back', 'SIGTERM'],
  ]);
  const { code, stderr } = await ended(child);
  expect({ code, stderr }).toMatchObject({ code: 130 });
  expect(stderr.match(/Still putting things back/g)).toHaveLength(2);
  await expectWell();
});
