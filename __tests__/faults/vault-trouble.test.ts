import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitCodeOf } from '../../src/errors.ts';
import type { BackupReport } from '../../src/operations/backup.ts';
import { refuseDegraded } from '../../src/run/perform.ts';
import { openTestSite, type TestSite } from '../site.ts';
import { asBackup, copyStorage } from '../sources/vault/copies.ts';
import { until } from '../stack/until.ts';
import { fakeDocker } from './fake-docker.ts';
import { startRestore } from './restore-process.ts';
import { expectNothingLeft, ownContainers, vaultAnswers, waitForVault } from './vault-well.ts';

let site: TestSite;
let vault: string;

beforeAll(async () => {
  site = await openTestSite({ vault: true, rows: 200, donors: 100 });
  vault = site.stack.containers.vault;
});
afterAll(async () => await site?.[Symbol.asyncDispose]());

const stateOf = async () => await site.stack.docker('inspect', '--format={{.State.Status}}', vault);
const backUpBoth = async (): Promise<BackupReport> => await site.backUp({}, { include: ['databases', 'vault'] });
const inVault = async (script: string) => await site.stack.docker('exec', vault, 'sh', '-c', script);
const wholeOf = ({ objects }: BackupReport) =>
  objects.map(({ name }) => name).filter((name) => name !== 'evidence.json.age');
const databases = ['clinical.dump.age', 'genomic.dump.age'];

function exitCode(report: BackupReport): number {
  try {
    refuseDegraded(report);
    return 0;
  } catch (error) {
    return exitCodeOf(error);
  }
}

const tars =
  'spooling() { [ "$1" = exec ] && case "$*" in *"/spool/vault.tar --exclude"*) return 0 ;; esac; return 1; }';

describe('a backup of Vault that goes wrong leaves Vault as it was, and the databases are good', () => {
  const cases: readonly (readonly [what: string, rule: string, message: string])[] = [
    ['Docker refuses to freeze it', '[ "$1" != pause ] || exit 1', 'could not be frozen'],
    [
      'Docker hangs once it has frozen it',
      '[ "$1" != pause ] || { $real "$@"; exec sleep 600; }',
      'could not be frozen',
    ],
    [
      'the first thawing is refused',
      '[ "$1" != unpause ] || [ -e /tmp/refused ] || { touch /tmp/refused; exit 1; }',
      'was not thawed at once',
    ],
    [
      'the copy finds no room while it is frozen',
      `[ "$1" = run ] && case "$*" in *--volume=/spool*) exec $real "\${@/--volume=\\/spool/--tmpfs=/spool:size=64m}" ;; esac
       ${tars}\nspooling "$@" && $real exec "$2" sh -c 'cat /dev/zero > /spool/full 2> /dev/null'`,
      'could not be copied while it was frozen',
    ],
    ['the copying hangs', `${tars}\nspooling "$@" && exec sleep 600`, 'could not be copied while it was frozen'],
    ['the copying is killed', `${tars}\nspooling "$@" && kill -9 $PPID`, 'could not be copied while it was frozen'],
    [
      'its image has gone',
      '[ "$1" = run ] && case "$*" in *--volume=/spool*) $real run --pull=never no-such-image:1; exit ;; esac',
      'Prepare the copy of Vault',
    ],
    [
      'there is no room for two copies',
      `[ "$1" = run ] && case "$*" in *--volume=/spool*) exec $real "\${@/--volume=\\/spool/--tmpfs=/spool:size=100k}" ;; esac`,
      'A copy of Vault needs',
    ],
  ];
  test.each(cases)('%s', async (_, rule, message) => {
    const startedAt = await site.stack.docker('inspect', '--format={{.State.StartedAt}}', vault);
    let report: BackupReport;
    {
      await using _fake = await fakeDocker(site.stack, rule);
      report = await backUpBoth();
      expect(await stateOf()).toBe('running');
      expect(await vaultAnswers(site.stack)).toBe(true);
    }
    expect(exitCode(report)).toBe(3);
    const part = report.parts.find(({ name }) => name === 'vault');
    expect(part?.status).toBe('failed');
    expect(part?.message).toContain(message);
    expect(wholeOf(report)).toEqual(expect.arrayContaining(databases));
    expect(await site.stack.docker('inspect', '--format={{.State.StartedAt}}', vault)).toBe(startedAt);
    expect(await site.recover()).toEqual([]);
    await expectNothingLeft(site.stack);
  });

  test('the keys are nowhere', async () => {
    const file = `${site.stack.checkout}/tmp/vault/keys.txt`;
    const asRoot = async (line: string) =>
      await site.stack.docker('exec', site.stack.containers.sshd, 'sh', '-c', line);
    await inVault('mv /vault/config/keys.txt /vault/keys.away');
    await asRoot(`mv ${file} ${file}.away`);
    const report = await backUpBoth();
    await asRoot(`mv ${file}.away ${file}`);
    await inVault('mv /vault/keys.away /vault/config/keys.txt');
    expect(exitCode(report)).toBe(3);
    expect(report.parts[1]?.message).toContain("Vault's keys are neither at");
    expect(wholeOf(report)).toEqual(expect.arrayContaining(databases));
    await expectNothingLeft(site.stack);
  });

  test('and the next backup is complete', async () => {
    expect(await backUpBoth()).toMatchObject({ status: 'complete' });
  });
});

test('a Vault that cannot be thawed ends the run at once, and the guard goes on trying', async () => {
  {
    await using _fake = await fakeDocker(site.stack, '[ "$1" != unpause ] || exit 1');
    const error = await backUpBoth().catch((reason: unknown) => reason);
    expect(exitCodeOf(error)).toBe(4);
    expect(error).toMatchObject({ code: 'needs-person', message: expect.stringContaining('is paused') });
    expect(await stateOf()).toBe('paused');
  }
  const tookMs = await waitForVault(site.stack);
  console.log(`thawed by the guard ${(tookMs / 1000).toFixed(1)} s after Docker let it`);
  await until('the guard to be done', async () =>
    (await site.recover()).includes(`thawed ${site.stack.project}_vault_1`),
  );
  await expectNothingLeft(site.stack);
});

test('a restore that is killed beside a staged Vault has it removed by the host itself', {
  timeout: 240_000,
}, async () => {
  await site.backUp({}, { include: ['databases', 'vault'] });
  const at = { edge: 'after', label: 'docker start' } as const;
  const request = { include: ['databases', 'vault'], authorization: 'secrets' } as const;
  expect(await startRestore(site, { at, signal: 'SIGKILL', request }).ending).toBeUndefined();
  expect(await ownContainers(site.stack)).not.toBe('');
  const fromMs = performance.now();
  await until('the staged Vault to be gone', async () => (await ownContainers(site.stack)) === '', 60_000);
  console.log(`a staged Vault was gone ${((performance.now() - fromMs) / 1000).toFixed(1)} s after its run died`);
  expect(await site.recover()).toEqual(['removed a container of ours']);
  await expectNothingLeft(site.stack);
});

describe('a Vault that was not well before is copied as it is, and left so', () => {
  const copy = async () =>
    (await asBackup(site.stack, site.remote, async (entered) => await copyStorage(entered))).evidence;

  test('sealed', async () => {
    await site.stack.vault('PUT', 'sys/seal');
    expect(await copy()).toMatchObject({ state: 'running', sealed: true, frozenMs: expect.any(Number) });
    expect(await site.stack.vault('GET', 'sys/seal-status')).toMatchObject({ body: { sealed: true } });
    // Nor does a freeze that fails unseal it.
    await using _fake = await fakeDocker(site.stack, '[ "$1" != pause ] || exit 1');
    await expect(copy()).rejects.toMatchObject({ code: 'dump-failed' });
    expect(await site.stack.vault('GET', 'sys/seal-status')).toMatchObject({ body: { sealed: true } });
    const { unseal } = await site.stack.vaultKeys();
    for (const key of unseal.slice(0, 3)) await site.stack.vault('PUT', 'sys/unseal', { key });
  });

  test.each([
    ['stopped', ['stop', '--time=1'], 'exited', ['start']],
    ['paused', ['pause'], 'paused', ['unpause']],
  ] as const)('%s', async (_, doing, state, undoing) => {
    await site.stack.docker(...doing, vault);
    expect(await copy()).toMatchObject({ state, sealed: null, frozenMs: null });
    expect(await stateOf()).toBe(state);
    await site.stack.docker(...undoing, vault);
    await expectNothingLeft(site.stack);
  });
});
