import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareAuthorization } from '../../../src/sources/vault/compare.ts';
import { readEntries } from '../../../src/sources/vault/entries.ts';
import type { VaultKeys } from '../../../src/sources/vault/keys.ts';
import { type StagedVault, stageVault } from '../../../src/sources/vault/stage.ts';
import { authorizationStores } from '../../../src/sources/vault/stores.ts';
import { removeOwnContainers } from '../../../src/stack/own-containers.ts';
import { docker } from '../../stack/run.ts';
import { startVault, type TestVault } from './vault.ts';

let vault: TestVault;
let tar: Buffer;

beforeAll(async () => {
  vault = await startVault();
  await vault.api.ask('Mount', 'PUT', 'sys/mounts/opa', { body: { type: 'kv', options: { version: '1' } } });
  await vault.api.ask('Audit', 'PUT', 'sys/audit/file', {
    body: { type: 'file', options: { file_path: '/vault/vault-audit.log' } },
  });
  await Promise.all(
    Array.from({ length: 50 }, async (_, at) => await vault.put(`opa/users/u${at}`, { programs: { P: { at } } })),
  );
  tar = await vault.tarOfData();
});
afterAll(async () => await vault?.[Symbol.asyncDispose]());

async function stage(bytes: Buffer = tar, keys: VaultKeys = vault.keys, image = vault.image): Promise<StagedVault> {
  const open = async () => Readable.from([bytes]);
  const signal = new AbortController().signal;
  return await stageVault(
    vault.remote,
    { keys, sizeBytes: 0, open },
    { host: vault.remote, project: vault.project, runId: 'run-1', image, signal },
  );
}

async function left(): Promise<string[]> {
  const label = `label=candig-backup.project=${vault.project}`;
  return (await docker(['ps', '--all', '--quiet', '--filter', label])).split('\n').filter((line) => line !== '');
}

const isThere = async (volume: string) =>
  (await docker(['volume', 'ls', '--quiet', '--filter', `name=${volume}`])) !== '';

test('starts the Vault of a backup beside the living one, without a network, and removes it with its volumes', async () => {
  const fromMs = performance.now();
  await using staged = await stage();
  console.log(`staged in ${Math.round(performance.now() - fromMs)} ms`);
  const wanted = await readEntries(staged.api, authorizationStores);
  expect(compareAuthorization(wanted, await readEntries(vault.api, authorizationStores)).differences).toEqual([]);
  expect(wanted.get('opa/users/*')?.size).toBe(50);
  expect(staged.leftOut).toBe(0);
  expect(
    await docker([
      'inspect',
      '--format',
      '{{json .NetworkSettings.Networks}} {{json .HostConfig.CapDrop}}',
      staged.containerId,
    ]),
  ).toMatch(/^\{"none":.*\["ALL"\]$/);
  // What the living one writes from now on is not seen, nor the other way round.
  await vault.put('opa/users/late', { programs: {} });
  await staged.api.ask('Put', 'PUT', 'opa/users/staged', { body: { programs: {} } });
  expect(await vault.get('opa/users/staged')).toBeUndefined();
  await vault.api.ask('Clear', 'DELETE', 'opa/users/late');
  expect(await isThere(staged.volume)).toBe(true);
  await staged[Symbol.asyncDispose]();
  expect(await left()).toEqual([]);
  expect(await isThere(staged.volume)).toBe(false);
});

test('comes to rest sealed, its files whole in a volume of its own', async () => {
  await using staged = await stage();
  await staged.rest();
  expect(await docker(['inspect', '--format', '{{.State.Status}}', staged.containerId])).toBe('exited');
  expect(staged.owner).toMatch(/^100:1000$/);
  expect(await docker(['volume', 'inspect', '--format', '{{.Name}}', staged.volume])).toBe(staged.volume);
});

test('leaves out half-written and empty files of a Vault that died, and says how many', async () => {
  const path = (await vault.exec('sh', '-c', 'find /vault/data/logical -type f | head -n 1')).trim();
  const folder = path.slice(0, path.lastIndexOf('/'));
  await vault.exec(
    'sh',
    '-c',
    `: > "${folder}/_empty"; echo half > "${folder}/_half.temp"; printf x > '${folder}/_a
b.temp'`,
  );
  const damaged = await vault.tarOfData();
  await vault.exec('sh', '-c', `rm -f ${folder}/_empty ${folder}/*.temp`);
  await using staged = await stage(damaged);
  expect(staged.leftOut).toBe(3);
  expect((await readEntries(staged.api, ['opa/users/*'])).get('opa/users/*')?.size).toBe(50);
});

const otherShares = () => Array.from({ length: 5 }, () => randomBytes(33).toString('base64'));

test.each<[string, string, () => Promise<StagedVault>]>([
  ['other keys', 'vault-keys-wrong', async () => await stage(tar, { ...vault.keys, shares: otherShares() })],
  [
    'too few keys',
    'vault-keys-wrong',
    async () => await stage(tar, { ...vault.keys, shares: vault.keys.shares.slice(3) }),
  ],
  ['another root token', 'vault-keys-wrong', async () => await stage(tar, { ...vault.keys, rootToken: 'hvs.another' })],
  ['a tar that is cut short', 'stage-failed', async () => await stage(tar.subarray(0, 20_000))],
  ['no tar at all', 'stage-failed', async () => await stage(randomBytes(20_000))],
  ['nothing', 'stage-failed', async () => await stage(Buffer.alloc(0))],
  ['an image that is not there', 'command-failed', async () => await stage(tar, vault.keys, 'no-such-image:1')],
])('refuses %s and leaves nothing behind', async (_name, code, attempt) => {
  await expect(attempt()).rejects.toMatchObject({ code });
  expect(await left()).toEqual([]);
  expect(await vault.get('opa/users/u0')).toBeDefined();
});

test('refuses a Vault whose storage has lost its keyring', async () => {
  await docker(['exec', vault.container, 'sh', '-c', 'mv /vault/data/core/_keyring /vault/keyring.away']);
  const damaged = await vault.tarOfData();
  await docker(['exec', vault.container, 'sh', '-c', 'mv /vault/keyring.away /vault/data/core/_keyring']);
  await expect(stage(damaged)).rejects.toMatchObject({ name: 'BackupError' });
  expect(await left()).toEqual([]);
});

test('ends with the input, and when it is told to stop, leaving nothing', async () => {
  const broken = async () =>
    new Readable({
      read() {
        this.push(tar.subarray(0, 10_000));
        this.destroy(new Error('the backup is not whole'));
      },
    });
  const options = { host: vault.remote, project: vault.project, runId: 'run-2', image: vault.image };
  const never = new AbortController();
  await expect(
    stageVault(vault.remote, { keys: vault.keys, sizeBytes: 0, open: broken }, { ...options, signal: never.signal }),
  ).rejects.toThrow('the backup is not whole');
  const stop = new AbortController();
  const slow = async () =>
    new Readable({
      read() {
        stop.abort();
      },
    });
  await expect(
    stageVault(vault.remote, { keys: vault.keys, sizeBytes: 0, open: slow }, { ...options, signal: stop.signal }),
  ).rejects.toMatchObject({ code: 'cancelled' });
  expect(await left()).toEqual([]);
});

test('finds what a dead run left by its labels, and leaves other sites’ alone', async () => {
  await using mine = await stage();
  const others = await docker([
    'create',
    '--label',
    'candig-backup.run=x',
    '--label',
    `candig-backup.project=${vault.project}x`,
    vault.image,
  ]);
  try {
    expect(await removeOwnContainers(vault.remote, vault.project)).toBe(1);
    expect(await left()).toEqual([]);
    expect(await docker(['ps', '--all', '--quiet', '--no-trunc', '--filter', `id=${others}`])).toBe(others);
    expect(await isThere(mine.volume)).toBe(false);
  } finally {
    await docker(['rm', '--force', '--volumes', others]);
  }
});
