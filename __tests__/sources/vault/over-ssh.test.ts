import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Remote } from '../../../src/remote/remote.ts';
import { openSsh } from '../../../src/remote/ssh.ts';
import { readEntries } from '../../../src/sources/vault/entries.ts';
import { openLivingVault } from '../../../src/sources/vault/living.ts';
import { readLogins } from '../../../src/sources/vault/logins.ts';
import { proveLogins } from '../../../src/sources/vault/prove.ts';
import { recoverSecrets, stageSecrets } from '../../../src/sources/vault/secrets.ts';
import { stageVault } from '../../../src/sources/vault/stage.ts';
import { authorizationStores } from '../../../src/sources/vault/stores.ts';
import { stageWhole } from '../../../src/sources/vault/whole.ts';
import { readStack, requireService, type Stack } from '../../../src/stack/stack.ts';
import { startStack, type TestStack } from '../../stack/stack.ts';
import { rolesInVault } from '../../stack/vault-policies.ts';
import { tarOfVault } from './vault.ts';

const open = async (): Promise<void> => {};
const person = 'user5@canary.example.org';
const { signal } = new AbortController();

let stack: TestStack;
let remote: Remote;
let found: Stack;
let tar: Buffer;

beforeAll(async () => {
  stack = await startStack({ vault: true, rows: 200, donors: 100, users: 200 });
  const { host, port, user, privateKey, knownHosts } = stack;
  remote = await openSsh({ host, port, user, privateKey, knownHosts });
  found = await readStack(remote, stack.project);
  tar = await tarOfVault(stack.containers.vault, stack.images.vault ?? '');
});
afterAll(async () => {
  await remote?.[Symbol.asyncDispose]();
  await stack?.stop();
});

async function dataAt(path: string): Promise<unknown> {
  const { status, body } = await stack.vault('GET', path);
  return status === 200 ? (body as { data: unknown }).data : undefined;
}

async function ask(service: 'query' | 'candig-ingest', path: string): Promise<{ status: number; value: unknown }> {
  const response = await fetch(`http://127.0.0.1:${stack.ports[service]}${path}`, { headers: { connection: 'close' } });
  return { status: response.status, value: await response.json() };
}

/** Logs in as one service after the other, and looks a person up, until it is stopped; gives what did not end well. */
function useSite(): () => Promise<{ readonly count: number; readonly failed: readonly string[] }> {
  const failed: string[] = [];
  let isOver = false;
  let count = 0;
  const work = (async () => {
    for (let at = 0; !isOver; at += 1) {
      const role = rolesInVault[at % rolesInVault.length] ?? 'katsu';
      const login = await stack.vaultLogin(role);
      if (login !== 200) failed.push(`login of ${role}: ${login}`);
      const looked = await ask('query', `/lookup/${encodeURIComponent(person)}`);
      if (looked.status !== 200) failed.push(`look-up: ${looked.status}`);
      count += 2;
    }
  })();
  return async () => {
    isOver = true;
    await work;
    return { count, failed };
  };
}

test('gives permissions back into a Vault in use, without a failed login, and leaves the site’s own alone', async () => {
  const before = await dataAt(`opa/users/${person}`);
  const lookedUp = (await ask('query', `/lookup/${encodeURIComponent(person)}`)).value;
  // Taken away, changed and added since; and what belongs to the site has moved on as well.
  await stack.vault('DELETE', `opa/users/${person}`);
  await stack.vault('PUT', 'opa/users/user6@canary.example.org', { programs: {} });
  await stack.vault('PUT', 'opa/users/late@canary.example.org', { programs: {} });
  await stack.vault('PUT', 'katsu/token/new', { token: 'new' });
  await stack.vault('PUT', 'keycloak/other', { value: 'of the running Keycloak' });
  await stack.vault('PUT', 'opa/paths', { paths: { read: {} } });

  await using living = await openLivingVault(remote, found, requireService(found, 'vault'));
  const stopUsing = useSite();
  const fromMs = performance.now();
  const staging = { host: remote, project: stack.project, runId: 'run-55500001', signal };
  const image = requireService(found, 'vault').image;
  await using staged = await stageVault(
    remote,
    { keys: living.keys, sizeBytes: tar.length, open: async () => Readable.from([tar]) },
    { ...staging, image },
  );
  const wanted = await readEntries(staged.api, authorizationStores);
  const secrets = await stageSecrets(living, wanted, { runId: 'run-55500001', at: '2026-11-25T12:00:00.000Z' });
  const stagedMs = performance.now();
  await secrets.check();
  await secrets.swap(open);
  const swappedMs = performance.now();
  const { count, failed } = await stopUsing();
  console.log(
    `staged and compared ${Math.round(stagedMs - fromMs)} ms, written ${Math.round(swappedMs - stagedMs)} ms, ${count} requests`,
  );
  expect(secrets.comparison.stores.find(({ store }) => store === 'opa/users/*')).toMatchObject({
    adds: 1,
    changes: 1,
    removals: 1,
  });
  expect(count).toBeGreaterThan(4);
  expect(failed).toEqual([]);
  expect(await dataAt(`opa/users/${person}`)).toEqual(before);
  expect((await ask('query', `/lookup/${encodeURIComponent(person)}`)).value).toEqual(lookedUp);
  expect(await dataAt('opa/users/late@canary.example.org')).toBeUndefined();
  expect(await dataAt('katsu/token/new')).toEqual({ token: 'new' });
  expect(await dataAt('keycloak/other')).toEqual({ value: 'of the running Keycloak' });
  expect(await dataAt('opa/paths')).toEqual({ paths: { read: {} } });
  expect((await ask('candig-ingest', '/keycloak-login')).status).toBe(200);
  // Somebody else, who has the host's keys only, undoes it.
  await using later = await openLivingVault(remote, found, requireService(found, 'vault'));
  expect(await recoverSecrets(later.root, 'run-55500001', false)).toEqual({ entries: 3, left: 0 });
  expect(await dataAt(`opa/users/${person}`)).toBeUndefined();
});

test('finds the keys in the checkout where the volume has lost them', async () => {
  const { vault } = stack.containers;
  await stack.docker('exec', vault, 'mv', '/vault/config/keys.txt', '/vault/config/keys.away');
  try {
    await using living = await openLivingVault(remote, found, requireService(found, 'vault'));
    expect(living.keys.rootToken).toBe((await stack.vaultKeys()).root);
    await stack.docker('exec', vault, 'sh', '-c', 'sed s/hvs/hvx/ /vault/config/keys.away > /vault/config/keys.txt');
    await using again = await openLivingVault(remote, found, requireService(found, 'vault'));
    expect(again.keys).toEqual(living.keys);
  } finally {
    await stack.docker('exec', vault, 'mv', '/vault/config/keys.away', '/vault/config/keys.txt');
  }
});

test('replaces Vault as a whole by a user who may use Docker and no more', async () => {
  const site = { remote, host: remote, stack: found, vault: requireService(found, 'vault') };
  const keysText = await readFile(join(stack.checkout, 'tmp/vault/keys.txt'), 'utf8');
  const run = { runId: 'run-55500002', at: '2026-11-25T12:00:00.000Z', signal };
  const staged = await stageWhole(
    site,
    { keysText, sizeBytes: tar.length, open: async () => Readable.from([tar]) },
    undefined,
    run,
  );
  await staged.swap(open);
  expect(await dataAt(`opa/users/${person}`)).toBeDefined();
  const proven = await proveLogins(remote, site.vault, await readLogins(remote, found));
  expect(proven.filter(({ well }) => !well)).toEqual([]);
  expect(proven).toHaveLength(rolesInVault.length);
  await staged.rollBack(open);
  await staged.discard();
  expect(await dataAt(`opa/users/${person}`)).toBeUndefined();
});

test('is put back although everything was cancelled', async () => {
  const stop = new AbortController();
  const vault = requireService(found, 'vault');
  const image = vault.image;
  const staging = { host: remote, project: stack.project, runId: 'run-55500003', signal };
  await using living = await openLivingVault(remote, found, vault, { signal: stop.signal });
  await using staged = await stageVault(
    remote,
    { keys: living.keys, sizeBytes: tar.length, open: async () => Readable.from([tar]) },
    { ...staging, image },
  );
  const wanted = await readEntries(staged.api, authorizationStores);
  await stack.vault('DELETE', `opa/users/${person}`);
  const run = { runId: 'run-55500003', at: '2026-11-25T12:00:00.000Z', signal: stop.signal };
  const secrets = await stageSecrets(living, wanted, run);
  await secrets.swap(open);
  expect(await dataAt(`opa/users/${person}`)).toBeDefined();
  stop.abort();
  await expect(secrets.swap(open)).rejects.toMatchObject({ code: 'cancelled' });
  await secrets.rollBack(open);
  expect(await dataAt(`opa/users/${person}`)).toBeUndefined();
});
