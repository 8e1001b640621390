import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLocal } from '../../../src/remote/local.ts';
import { checkoutFolderOf, openLivingVault } from '../../../src/sources/vault/living.ts';
import { readLogins } from '../../../src/sources/vault/logins.ts';
import { proveLogins } from '../../../src/sources/vault/prove.ts';
import type { WholeSite } from '../../../src/sources/vault/volume.ts';
import {
  forgetWhole,
  listWhole,
  recoverWhole,
  restartAfterWhole,
  type StagedWhole,
  stageKeptWhole,
  stageWhole,
  type VaultBackup,
} from '../../../src/sources/vault/whole.ts';
import type { Runner } from '../../../src/stack/lock.ts';
import { readStack } from '../../../src/stack/stack.ts';
import { docker } from '../../stack/run.ts';
import { startStack, type TestStack } from '../../stack/stack.ts';
import { until } from '../../stack/until.ts';
import { rolesInVault } from '../../stack/vault-policies.ts';
import { tarOfVault } from './vault.ts';

const open = async (): Promise<void> => {};
const person = 'user5@canary.example.org';
const remote = openLocal();

let stack: TestStack;
let backup: VaultBackup;
/** The same, without the token that services ask for secret ids with. */
let aged: typeof backup;
/** What the site was when it was backed up. */
let backedUp: Seen;

interface Seen {
  readonly keys: string;
  readonly people: number;
  readonly clientSecret: unknown;
}

async function see(): Promise<Seen> {
  const { body } = await stack.vault('LIST', 'opa/users');
  const users = (body as { data?: { keys: string[] } } | undefined)?.data?.keys ?? [];
  const secret = await stack.vault('GET', 'keycloak/client-secret');
  return {
    keys: await readFile(keysPath(), 'utf8'),
    people: users.length,
    clientSecret: (secret.body as { data: unknown }).data,
  };
}

const keysPath = () => join(stack.checkout, 'tmp/vault/keys.txt');

async function siteOf(host: Runner = remote): Promise<WholeSite> {
  const found = await readStack(remote, stack.project);
  const vault = found.containers.find(({ service }) => service === 'vault');
  if (vault === undefined) throw new Error('no vault');
  return { remote, host, stack: found, vault };
}

/** Stages the backup beside what lives, of which the keys may open nothing. */
async function stage(tail: string, host: Runner = remote, from = backup): Promise<StagedWhole> {
  const site = await siteOf(host);
  const living = await openLivingVault(remote, site.stack, site.vault).catch(() => undefined);
  try {
    return await stageWhole(site, from, living?.root, runOf(tail));
  } finally {
    await living?.[Symbol.asyncDispose]();
  }
}

function runOf(tail: string) {
  const at = new Date().toISOString();
  return { runId: `20261125T120000Z-${tail}`, at, signal: new AbortController().signal };
}

async function restartServices(): Promise<void> {
  for (const service of restartAfterWhole) await docker(['restart', stack.containers[service]]);
}

/** What is in the volume and in the checkout beside what belongs there. */
async function leftovers(): Promise<string[]> {
  const { vault } = await siteOf();
  const look =
    'cd /vault; ls -d data.* candig-backup* config/keys.txt.* 2>/dev/null; cd /checkout; ls keys.txt.* 2>/dev/null; true';
  const mount = ['-v', `${stack.checkout}/tmp/vault:/checkout:ro`, '--entrypoint', 'sh'];
  const printed = await docker([
    'run',
    '--rm',
    '--network=none',
    '--volumes-from',
    vault.id,
    ...mount,
    vault.image,
    '-c',
    look,
  ]);
  const containers = await docker(['ps', '-aq', '--filter', `label=candig-backup.project=${stack.project}`]);
  return [...printed.split('\n'), ...containers.split('\n')].filter((line) => line !== '');
}

async function allLogIn(): Promise<void> {
  for (const role of rolesInVault) expect([role, await stack.vaultLogin(role)]).toEqual([role, 200]);
  const { stack: found, vault } = await siteOf();
  const proven = await proveLogins(remote, vault, await readLogins(remote, found));
  expect(proven.map(({ service, well }) => [service, well]).sort()).toEqual(
    [...rolesInVault].sort().map((role) => [role, true]),
  );
}

async function sees(user: string, datasets: number): Promise<void> {
  await until(`${user} to see ${datasets}`, async () => {
    const response = await fetch(`http://127.0.0.1:${stack.ports.query}/lookup/${encodeURIComponent(user)}`, {
      headers: { connection: 'close' },
    });
    const value = (await response.json()) as { datasets?: string[] };
    return response.status === 200 && value.datasets?.length === datasets;
  });
}

let datasets: number;

beforeAll(async () => {
  stack = await startStack({ vault: true, bindAddresses: true, rows: 200, donors: 100, users: 20 });
  const { body } = await stack.vault('GET', `opa/users/${person}`);
  datasets = Object.keys((body as { data: { programs: object } }).data.programs).length;
  const { vault } = await siteOf();
  const tar = await tarOfVault(vault.id, vault.image);
  backup = {
    keysText: await readFile(keysPath(), 'utf8'),
    sizeBytes: tar.length,
    open: async () => Readable.from([tar]),
  };
  backedUp = await see();
  // As one that is older than its approle token's life: Vault revokes that when it starts.
  const token = (await readFile(join(stack.checkout, 'tmp/vault/approle-token'), 'utf8')).trim();
  await stack.vault('PUT', 'auth/token/revoke', { token });
  const agedTar = await tarOfVault(vault.id, vault.image);
  aged = { ...backup, open: async () => Readable.from([agedTar]) };
  // Built again: other keys, other role ids, nobody in it.
  await stack.rebuildVault();
  await stack.vault('PUT', 'keycloak/client-secret', { value: 'of the running Keycloak' });
});
afterAll(async () => await stack?.stop());

test('takes the place of a Vault with other keys, keeps the running Keycloak’s, and everybody logs in', async () => {
  const before = await see();
  expect(before).toMatchObject({ people: 0 });
  expect(before.keys).not.toBe(backedUp.keys);
  const fromMs = performance.now();
  const staged = await stage('aaaa0001');
  const stagedMs = performance.now();
  expect(staged.fitted.roleIds).toHaveLength(rolesInVault.length);
  expect(staged.fitted).toMatchObject({ kept: 4, withoutRole: [] });
  await staged.check();
  expect(await see()).toEqual(before);
  expect(await staged.isSwapped()).toBe(false);
  const mode = await stat(keysPath());
  await staged.swap(open);
  console.log(`staged ${Math.round(stagedMs - fromMs)} ms, swapped ${Math.round(performance.now() - stagedMs)} ms`);
  expect(await staged.isSwapped()).toBe(true);
  await restartServices();
  expect(await see()).toEqual({ ...backedUp, clientSecret: before.clientSecret });
  expect(await stack.docker('exec', stack.containers.vault, 'cat', '/vault/config/keys.txt')).toBe(
    backedUp.keys.trimEnd(),
  );
  expect(await stat(keysPath())).toMatchObject({ uid: mode.uid, gid: mode.gid, mode: mode.mode });
  await allLogIn();
  await sees(person, datasets);
  // As often as one likes.
  await staged.swap(open);
  expect(await staged.isSwapped()).toBe(true);

  await staged.rollBack(open);
  expect(await staged.isSwapped()).toBe(false);
  expect(await see()).toEqual(before);
  await restartServices();
  await allLogIn();
  await staged.swap(open);
  await staged.rollBack(open);
  await staged.discard();
  expect(await see()).toEqual(before);
  expect(await leftovers()).toEqual([]);
});

test('keeps what lived, gives it back when told to, and forgets it when told to', async () => {
  const before = await see();
  const staged = await stage('aaaa0002');
  await staged.swap(open);
  await staged.keep();
  const site = await siteOf();
  expect(await listWhole(site)).toMatchObject([{ run: '20261125T120000Z-aaaa0002', role: 'previous' }]);
  // What is kept is no leftover: neither a recovery nor a discard removes it.
  expect(await recoverWhole(site, '20261125T120000Z-aaaa0002', false)).toBe(false);
  await staged.discard();
  const restored = await see();
  expect(restored.people).toBe(20);

  const living = await openLivingVault(remote, site.stack, site.vault);
  const back = await stageKeptWhole(site, '20261125T120000Z-aaaa0002', living.root, runOf('aaaa0003'));
  await living[Symbol.asyncDispose]();
  await back.swap(open);
  expect(await see()).toEqual(before);
  await back.keep();
  expect((await listWhole(site)).map(({ run }) => run)).toEqual(['20261125T120000Z-aaaa0003']);
  await restartServices();
  await allLogIn();
  await forgetWhole(site, '20261125T120000Z-aaaa0003');
  expect(await leftovers()).toEqual([]);
  await expect(stageKeptWhole(site, '20261125T120000Z-aaaa0002', undefined, runOf('aaaa0004'))).rejects.toMatchObject({
    code: 'nothing-to-roll-back',
  });
});

test('takes the place of a Vault whose volume was destroyed', async () => {
  const { vault } = await siteOf();
  const before = await docker(['exec', vault.id, 'stat', '-c', '%U %a', '/vault/data', '/vault/config/keys.txt']);
  await docker(['stop', vault.id]);
  await docker([
    'run',
    '--rm',
    '--volumes-from',
    vault.id,
    '--entrypoint',
    'sh',
    vault.image,
    '-c',
    'rm -rf /vault/data /vault/config/* /vault/vault-audit.log',
  ]);
  await rm(keysPath());
  const staged = await stage('aaaa0005', remote, aged);
  await staged.swap(open);
  expect(await staged.isSwapped()).toBe(true);
  await restartServices();
  await allLogIn();
  await sees(person, datasets);
  expect(await readFile(keysPath(), 'utf8')).toBe(backup.keysText);
  expect(before).not.toBe('');
  await staged.keep();
  await forgetWhole(await siteOf(), '20261125T120000Z-aaaa0005');
  expect(await leftovers()).toEqual([]);
});

test('lets services log in whose addresses changed meanwhile, in the new Vault and back in the old one', async () => {
  const staged = await stage('aaaa0008');
  const network = `${stack.project}_default`;
  await docker(['network', 'disconnect', network, stack.containers.katsu]);
  const label = `candig-backup.test-stack=${stack.project}`;
  const other = await docker([
    'run',
    '-d',
    '--network',
    network,
    '--label',
    label,
    stack.images.services,
    'sleep',
    '600',
  ]);
  try {
    await docker(['network', 'connect', network, stack.containers.katsu]);
    expect(await stack.vaultLogin('katsu')).toBe(400);
    await staged.swap(open);
    await allLogIn();
    await staged.rollBack(open);
    await allLogIn();
    await staged.discard();
  } finally {
    await docker(['rm', '-f', other]);
  }
  expect(await leftovers()).toEqual([]);
});

test('gives back the old one, unsealed, where what took its place does not unseal', async () => {
  const before = await see();
  const staged = await stage('aaaa0009');
  const keyring = '/vault/data.candig-backup-restore-aaaa0009/core/_keyring';
  await stack.docker('exec', stack.containers.vault, 'sh', '-c', `echo '{"Value":"c3BvaWx0"}' > ${keyring}`);
  // Nobody looks into it again before it takes the place.
  await staged.check();
  await expect(staged.swap(open)).rejects.toMatchObject({
    code: 'vault-keys-wrong',
    message: 'The keys do not open this Vault',
  });
  expect((await stack.vault('GET', 'sys/seal-status')).body).toMatchObject({ sealed: true });
  expect(await staged.isSwapped()).toBe(false);
  await staged.rollBack(open);
  expect((await stack.vault('GET', 'sys/seal-status')).body).toMatchObject({ sealed: false });
  expect(await see()).toEqual(before);
  await allLogIn();
  await sees(person, datasets);
  await staged.discard();
  expect(await leftovers()).toEqual([]);
});

test('refuses keys that do not open it, and a copy that is not whole, and touches nothing', async () => {
  const before = await see();
  const { body } = await stack.vault('GET', 'sys/seal-status');
  const wrongKeys = backup.keysText.replace(/^(?!keys|root|hvs).*$/gm, (key) => key.split('').reverse().join(''));
  await expect(stage('aaaa0006', remote, { ...backup, keysText: wrongKeys })).rejects.toMatchObject({
    code: 'vault-keys-wrong',
  });
  await expect(stage('aaaa0007', remote, { ...backup, open: async () => Readable.from(['x']) })).rejects.toMatchObject({
    code: 'stage-failed',
  });
  expect(await see()).toEqual(before);
  expect((await stack.vault('GET', 'sys/seal-status')).body).toEqual(body);
  expect(await leftovers()).toEqual([]);
});

test('finds the checkout by what the services mount', async () => {
  expect(checkoutFolderOf((await siteOf()).stack)).toBe(join(stack.checkout, 'tmp/vault'));
});
