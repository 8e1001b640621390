import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { lookUp } from '../faults/well.ts';
import type { TestSite } from '../site.ts';
import type { TestStack } from '../stack/stack.ts';
import { until } from '../stack/until.ts';
import { readVaultKeys } from '../stack/vault-keys.ts';
import { rolesInVault } from '../stack/vault-policies.ts';

/** The entry at `path`; undefined if there is none. */
export async function entryAt(stack: TestStack, path: string): Promise<unknown> {
  const { status, body } = await stack.vault('GET', path);
  expect([200, 404]).toContain(status);
  return status === 200 ? (body as { readonly data: unknown }).data : undefined;
}

/** The paths of the entries right below `folder`. */
export async function pathsBelow(stack: TestStack, folder: string): Promise<string[]> {
  const { body } = await stack.vault('LIST', folder);
  const names = (body as { readonly data?: { readonly keys?: readonly string[] } } | undefined)?.data?.keys ?? [];
  return names.map((name) => `${folder}/${name}`).sort();
}

/** Who may see what, as it lives in Vault: every entry of it, by its path. */
export async function authorizationOf({ stack }: TestSite): Promise<Record<string, unknown>> {
  const below = await Promise.all(['opa/users', 'opa/programs'].map(async (folder) => await pathsBelow(stack, folder)));
  const paths = [...below.flat(), 'opa/programs', 'opa/site_roles', 'opa/pending_users'];
  return Object.fromEntries(await Promise.all(paths.map(async (path) => [path, await entryAt(stack, path)])));
}

/** Every service logs in to Vault, each from its own container. */
export async function expectLogins({ stack }: TestSite): Promise<void> {
  for (const role of rolesInVault) expect([role, await stack.vaultLogin(role)]).toEqual([role, 200]);
}

/** What `user` may see, as a service learns it from OPA; waits until OPA tells, since it may have just been started. */
export async function programsOf(site: TestSite, user: string): Promise<readonly string[]> {
  let programs: readonly string[] = [];
  await until(`a look-up of ${user}`, async () => {
    const { status, value } = await lookUp(site, user);
    ({ datasets: programs = [] } = value as { datasets?: readonly string[] });
    return status === 200;
  });
  return programs;
}

/** Holds `keys.txt` in the volume and in the checkout against the Vault that lives: alike, and they open it. Gives its text. */
export async function expectOwnKeys({ stack }: TestSite): Promise<string> {
  const file = join(stack.checkout, 'tmp/vault/keys.txt');
  const text = await readFile(file, 'utf8');
  const inVolume = await stack.docker('exec', stack.containers.vault, 'cat', '/vault/config/keys.txt');
  expect(`${inVolume}\n`, 'keys.txt in the volume and in the checkout').toBe(text);
  const { unseal, root } = await readVaultKeys(file);
  expect(text).toContain(root);
  const token = await stack.vault('GET', 'auth/token/lookup-self');
  expect(token, 'the root token').toMatchObject({ status: 200, body: { data: { policies: ['root'] } } });
  expect((await stack.vault('PUT', 'sys/seal')).status).toBe(204);
  await unsealVault(stack, unseal);
  return text;
}

/** Unseals the Vault that lives, which may have just been started, with the first three of `shares`. */
export async function unsealVault(stack: TestStack, shares: readonly string[]): Promise<void> {
  await until('Vault to answer', async () => (await stack.vault('GET', 'sys/seal-status')).status === 200);
  let sealed: unknown = true;
  for (const key of shares.slice(0, 3)) {
    const { body } = await stack.vault('PUT', 'sys/unseal', { key });
    sealed = (body as { readonly sealed?: boolean }).sealed;
  }
  expect(sealed, 'sealed after three keys').toBe(false);
  await until('Vault to be active', async () => (await stack.vault('GET', 'sys/health')).status === 200);
}

/** Every database with what tells it from one that took its name. */
export async function databasesOf({ stack }: TestSite): Promise<string> {
  return await stack.psql('postgres', 'SELECT datname, oid, datallowconn FROM pg_database ORDER BY 1');
}
