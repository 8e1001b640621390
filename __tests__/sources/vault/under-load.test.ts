import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Remote } from '../../../src/remote/remote.ts';
import { openSsh } from '../../../src/remote/ssh.ts';
import { openVaultApi } from '../../../src/sources/vault/api.ts';
import { readEntries } from '../../../src/sources/vault/entries.ts';
import { run } from '../../stack/run.ts';
import { startStack, type TestStack } from '../../stack/stack.ts';
import { asBackup, copyStorage, copyVault, openCopy, type VaultCopy } from './copies.ts';
import { isWhole, type LoadReport, loadedEntries, startLoad } from './load.ts';

const copiesTaken = 20;
/** Less would be no load to speak of; each a second. */
const [leastWrites, leastLogins] = [20, 4];

let stack: TestStack;
let remote: Remote;
const copies: VaultCopy[] = [];
let report: LoadReport;
/** When Vault's container was started, and how often Docker did that by itself. */
let started: string;

beforeAll(async () => {
  stack = await startStack({ vault: true, rows: 200, donors: 100 });
  const { host, port, user, privateKey, knownHosts } = stack;
  remote = await openSsh({ host, port, user, privateKey, knownHosts });
  started = await startOf();
});
afterAll(async () => {
  await remote?.[Symbol.asyncDispose]();
  await stack?.stop();
});

const startOf = async () =>
  await stack.docker('inspect', '--format={{.State.StartedAt}} {{.RestartCount}}', stack.containers.vault);
const inVault = async (script: string) => await stack.docker('exec', stack.containers.vault, 'sh', '-c', script);
const frozenSince = async (seconds: number): Promise<string> =>
  await stack.docker(
    ...['events', '--since', String(seconds), '--until', String(Math.floor(Date.now() / 1000) + 1)],
    ...['--filter', `container=${stack.containers.vault}`, '--filter', 'event=pause'],
  );

/** A tar of the living storage, as somebody without a freeze makes it; gives what tar complains of. */
async function plainTar(): Promise<string> {
  const tar = ['--entrypoint', 'tar', stack.images.vault as string, '-cf', '/tmp/x.tar', '-C', '/vault', 'data'];
  return await run('docker', [
    'run',
    '--rm',
    '--network=none',
    `--volumes-from=${stack.containers.vault}:ro`,
    ...tar,
  ]).then(
    () => '',
    (error: unknown) => String(error),
  );
}

test('twenty backups under load: no request fails, and a plain copy beside them does', {
  timeout: 600_000,
}, async () => {
  await using load = await startLoad(stack);
  const plain: string[] = [];
  try {
    while (copies.length < copiesTaken) copies.push(await copyVault(stack, remote));
    for (let at = 0; at < 5; at += 1) plain.push(await plainTar());
  } finally {
    report = await load.stop();
  }
  const longestMs = Math.max(...copies.map(({ evidence }) => evidence.frozenMs ?? Number.NaN));
  const largest = Math.max(...copies.map(({ tar }) => tar.length));
  console.log(
    `${copies.length} copies of ${(largest / 1e6).toFixed(1)} MB under ${Math.round(report.writes / report.seconds)} writes/s and ` +
      `${Math.round(report.logins / report.seconds)} logins/s for ${report.seconds.toFixed(0)} s: longest freeze ${longestMs} ms, ` +
      `slowest answer ${Math.round(report.slowestMs)} ms, ${report.failed} requests failed; ` +
      `a plain tar failed ${plain.filter((said) => said !== '').length} times of ${plain.length}`,
  );
  expect(report.writes / report.seconds).toBeGreaterThan(leastWrites);
  expect(report.logins / report.seconds).toBeGreaterThan(leastLogins);
  expect(report.failed).toBe(0);
  expect(longestMs).toBeLessThan(5_000);
  expect(
    plain.filter((said) => /changed as we read it|removed before we read it|Cannot stat/.test(said)).length,
  ).toBeGreaterThan(0);
});

test('for none of them was Vault stopped or sealed, and none came to it as somebody', async () => {
  expect(copies).toHaveLength(copiesTaken);
  expect(await startOf()).toBe(started);
  // Vault says what it does on standard error.
  const said = await run('sh', ['-c', 'docker logs "$1" 2>&1', 'sh', stack.containers.vault]);
  expect(said.match(/core: .*\b(un)?sealed\b.*/g)).toEqual([expect.stringContaining('vault is unsealed')]);
  // Whoever asks from the host does so from inside Vault's own container; of who shows no token Vault writes nothing.
  const fromHost = async (): Promise<number> =>
    Number(await inVault(`grep -c '"remote_address":"127.0.0.1"' /vault/vault-audit.log || :`));
  expect(await fromHost()).toBe(0);
  await using connection = openVaultApi(remote, stack.containers.vault);
  const { root } = await stack.vaultKeys();
  await connection.as(root).ask('Look at the token', 'GET', 'auth/token/lookup-self');
  expect(await fromHost()).toBeGreaterThan(0);
});

test('each of them opens: unsealed, every entry whole, a service logs in, and Vault has no complaint', {
  timeout: 600_000,
}, async () => {
  const left = copies.map((copy, at) => ({ copy, at }));
  let complaints = 0;
  const openNext = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      await using opened = await openCopy(stack, remote, next.copy, `copy${next.at}`);
      const users = (await readEntries(opened.staged.api, ['opa/users/*'])).get('opa/users/*') ?? new Map();
      const written = [...users].filter(([name]) => String(name).includes('load'));
      expect(written).toHaveLength(loadedEntries);
      expect(written.filter(([, entry]) => !isWhole(entry))).toEqual([]);
      expect(await opened.logIn('katsu')).toBe(200);
      expect(opened.log()).toContain('vault is unsealed');
      if (opened.log().includes('[ERROR]')) complaints += 1;
    }
  };
  await Promise.all([openNext(), openNext()]);
  expect(complaints).toBe(0);
  console.log(
    `${copies.length} of ${copies.length} copies opened, ${loadedEntries} of ${loadedEntries} entries whole in each`,
  );
});

test('a copy holds the storage alone: no keys, no audit log, no backup of CanDIG’s own, no half-written file', async () => {
  await inVault('echo own > /vault/backup.tar.gz; cd /vault/data/logical; echo half > _half.temp; : > _empty');
  const { tar, evidence } = await asBackup(stack, remote, async (site) => await copyStorage(site));
  const names = (await run('sh', ['-c', 'base64 -d | tar -tf -'], { input: tar.toString('base64') }))
    .trim()
    .split('\n');
  await inVault('rm /vault/backup.tar.gz /vault/data/logical/_half.temp /vault/data/logical/_empty');
  expect(names.filter((name) => !name.startsWith('data/'))).toEqual([]);
  expect(names).toContain('data/core/_keyring');
  expect(names.filter((name) => /keys\.txt|backup|audit\.log|\.temp$/.test(name))).toEqual([]);
  expect(evidence).toMatchObject({ emptyFiles: 1, temporaryFiles: 1 });
  const { root, unseal } = await stack.vaultKeys();
  for (const secret of [root, ...unseal]) expect(tar.includes(secret)).toBe(false);
});

test('50 MB of storage stand still for less than two seconds, and nobody waits for who reads the copy', async () => {
  await inVault(
    'mkdir /vault/data/logical/fill && head -c 50000000 /dev/urandom | split -b 4096 -a 4 - /vault/data/logical/fill/_',
  );
  const fromMs = performance.now();
  expect(await plainTar()).toBe('');
  const plainMs = performance.now() - fromMs;
  const frozen: number[] = [];
  for (let at = 0; at < 3; at += 1) {
    const { tar, evidence } = await asBackup(stack, remote, async (site) =>
      // Nothing of the copy has been read yet.
      copyStorage(site, async () => {
        expect((await stack.vault('PUT', 'opa/users/meanwhile', { at })).status).toBe(204);
      }),
    );
    expect(tar.length).toBeGreaterThan(50_000_000);
    frozen.push(evidence.frozenMs ?? Number.NaN);
  }
  await inVault('rm -r /vault/data/logical/fill');
  console.log(
    `50 MB in 12,000 files: Vault stood still for ${frozen.join(', ')} ms; a plain tar took ${Math.round(plainMs)} ms`,
  );
  // On a machine that is too busy for that, no more than a plain tar of the same takes there.
  expect(frozen.toSorted((a, b) => a - b)[1]).toBeLessThan(Math.max(2_000, 1.5 * plainMs));
});

test('a storage that takes longer to read than anybody may wait is refused, and not frozen', {
  timeout: 300_000,
}, async () => {
  const sinceS = Math.floor(Date.now() / 1000);
  // Takes no room, and has to be read all the same.
  await inVault('truncate -s 24G /vault/data/logical/_large');
  try {
    await expect(asBackup(stack, remote, async (site) => await copyStorage(site))).rejects.toMatchObject({
      code: 'dump-failed',
      message: 'Vault would stand still for more than 5 s while it is copied',
    });
  } finally {
    await inVault('rm /vault/data/logical/_large');
  }
  expect(await frozenSince(sinceS)).toBe('');
  expect(await stack.docker('ps', '--all', '--quiet', `--filter=label=candig-backup.project=${stack.project}`)).toBe(
    '',
  );
});
