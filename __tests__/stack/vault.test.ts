import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stackLabel } from './create.ts';
import { onHost } from './login.ts';
import type { ServiceName } from './services.ts';
import { findStack, startStack, type TestStack } from './stack.ts';
import { until } from './until.ts';
import { askVault } from './vault-api.ts';
import { rolesInVault } from './vault-policies.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack({ vault: true, rows: 1_000, donors: 100 });
});
afterAll(async () => {
  await stack?.stop();
});

/** The data Vault has under a path; undefined where it has none. */
async function read(of: TestStack, path: string): Promise<unknown> {
  const { status, body } = await of.vault('GET', path);
  return status === 200 ? (body as { readonly data: unknown }).data : undefined;
}

async function namesIn(of: TestStack, folder: string): Promise<readonly string[]> {
  const { body } = await of.vault('LIST', folder);
  return (body as { readonly data: { readonly keys: readonly string[] } }).data.keys;
}

async function ask(port: number, path: string): Promise<{ readonly status: number; readonly value: unknown }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } });
  return { status: response.status, value: await response.json() };
}

const lookUp = (user: string) => ask(stack.ports.query, `/lookup/${encodeURIComponent(user)}`);
const restart = (service: ServiceName) => stack.docker('restart', stack.containers[service]);
const sees = async (user: string, status: number) =>
  await until(`look-ups to end with ${status}`, async () => (await lookUp(user)).status === status);

const user = 'user5@canary.example.org';
const admin = 'user2@canary.example.org';

describe('Vault', () => {
  test('is unsealed, of five keys that any three open', async () => {
    const answer = await askVault(stack.vaultUrl, 'GET', 'sys/seal-status');
    expect(answer.body).toMatchObject({ sealed: false, t: 3, n: 5, storage_type: 'file', version: /^1\.13\./ });
  });

  test('has its keys in both places, as CanDIG writes them', async () => {
    const keys = await readFile(join(stack.checkout, 'tmp/vault/keys.txt'), 'utf8');
    expect(keys).toMatch(/^keys: \n(?:[A-Za-z0-9+/]{44}\n){5}root: \nhvs\.[A-Za-z0-9]+\n$/);
    expect(await stack.docker('exec', stack.containers.vault, 'cat', '/vault/config/keys.txt')).toBe(keys.trimEnd());
    expect(await onHost(stack, `cat ${stack.checkout}/tmp/vault/keys.txt`)).toBe(keys);
    expect((await stack.vaultKeys()).unseal).toHaveLength(5);
  });

  test('left its keys in what CanDIG’s scripts print, which nobody may archive', async () => {
    const { unseal, root } = await stack.vaultKeys();
    const printed = await readFile(join(stack.checkout, 'tmp/error.txt'), 'utf8');
    for (const key of [...unseal, root]) expect(printed).toContain(key);
    expect(await readFile(join(stack.checkout, 'tmp/progress.txt'), 'utf8')).toContain(root);
  });

  test('has the programs and the people of the site in stores of version 1', async () => {
    const programs = (await stack.psql('clinical', 'SELECT program_id FROM program')).split('\n').sort();
    expect(await read(stack, 'opa/programs')).toEqual({ programs: expect.arrayContaining(programs) });
    expect([...(await namesIn(stack, 'opa/programs'))].sort()).toEqual(programs);
    expect(await namesIn(stack, 'opa/users')).toHaveLength(30);
    expect(await read(stack, `opa/users/${user}`)).toMatchObject({ user: { user_name: user } });
    for (const path of ['opa/paths', 'opa/data', 'opa/pending_users', 'federation/servers', 'keycloak/client-secret']) {
      expect([path, await read(stack, path)]).toEqual([path, expect.anything()]);
    }
    expect(await namesIn(stack, 'candig-ingest/aws/s3_example_org')).toEqual(['reads', 'variants']);
    for (const service of ['katsu', 'htsget', 'query'])
      expect(await namesIn(stack, `${service}/token`)).toHaveLength(1);
    const stores = await readFile(join(stack.checkout, 'tmp/vault/service_stores.txt'), 'utf8');
    expect(stores.trimEnd().split('\n').sort()).toEqual([...rolesInVault].sort());
  });

  test('writes an audit log into its volume', async () => {
    const tail = ['exec', stack.containers.vault, 'tail', '-n', '1', '/vault/vault-audit.log'];
    expect(JSON.parse(await stack.docker(...tail))).toMatchObject({ type: 'response' });
  });

  test('has what a backup uses inside its container', async () => {
    const programs = 'for program in sh tar nc vault; do command -v $program || exit 1; done; echo $VAULT_ADDR';
    expect(await stack.docker('exec', stack.containers.vault, 'sh', '-c', programs)).toMatch(/:\/\/127\.0\.0\.1:8200$/);
  });
});

describe('services', () => {
  test.each(rolesInVault)('log in as %s', async (role) => {
    expect(await stack.vaultLogin(role)).toBe(200);
  });

  test.each(['katsu', 'htsget', 'candig-ingest', 'query', 'federation'] as const)(
    'tell of a login of %s',
    async (name) => {
      expect((await ask(stack.ports[name], '/vault-login')).status).toBe(200);
    },
  );

  test('may read their own store and no other’s', async () => {
    const tokenOf = async (role: string) => {
      const roleId = await stack.vault('GET', `auth/approle/role/${role}/role-id`);
      const secretId = await stack.vault('POST', `auth/approle/role/${role}/secret-id`);
      const data = [roleId, secretId].map(({ body }) => (body as { data: Record<string, string> }).data);
      const body = { role_id: data[0]?.role_id, secret_id: data[1]?.secret_id };
      const login = await askVault(stack.vaultUrl, 'POST', 'auth/approle/login', { body });
      return (login.body as { readonly auth: { readonly client_token: string } }).auth.client_token;
    };
    const statusAs = async (role: string, path: string) =>
      (await askVault(stack.vaultUrl, 'GET', path, { token: await tokenOf(role) })).status;
    expect(await statusAs('opa', 'opa/site_roles')).toBe(200);
    expect(await statusAs('katsu', 'opa/site_roles')).toBe(403);
    expect(await statusAs('htsget', 'candig-ingest/aws/s3_example_org/reads')).toBe(200);
    expect(await statusAs('query', 'candig-ingest/aws/s3_example_org/reads')).toBe(403);
  });

  test('log in to Keycloak by the secret in Vault, if it is the running Keycloak’s', async () => {
    const status = async () => (await ask(stack.ports['candig-ingest'], '/keycloak-login')).status;
    const kept = await read(stack, 'keycloak/client-secret');
    expect(await status()).toBe(200);
    await stack.vault('PUT', 'keycloak/client-secret', { value: 'of another Keycloak' });
    expect(await status()).toBe(401);
    await stack.vault('PUT', 'keycloak/client-secret', kept);
    expect(await status()).toBe(200);
  });

  test('see in Vault at once what a user may see', async () => {
    const entry = (await read(stack, `opa/users/${user}`)) as { readonly programs: Record<string, unknown> };
    const before = Object.keys(entry.programs).sort();
    expect(before.length).toBeGreaterThan(0);
    expect(await lookUp(user)).toEqual({ status: 200, value: { site_admin: false, datasets: before } });
    await stack.vault('PUT', `opa/users/${user}`, { ...entry, programs: {} });
    expect(await lookUp(user)).toEqual({ status: 200, value: { site_admin: false, datasets: [] } });
    await stack.vault('PUT', `opa/users/${user}`, entry);
    expect((await lookUp(admin)).value).toMatchObject({ site_admin: true, datasets: { length: 5 } });
    expect((await lookUp('nobody')).value).toEqual({ site_admin: false, datasets: [] });
  });

  test('are refused by OPA from the moment Vault no longer knows their token, until they are restarted', async () => {
    const [token] = await namesIn(stack, 'query/token');
    await stack.vault('DELETE', `query/token/${token}`);
    expect((await lookUp(user)).status).toBe(403);
    expect((await ask(stack.ports.query, '/service-info')).status).toBe(200);
    await restart('query');
    await sees(user, 200);
  });

  test('are refused by an OPA that was restarted, until opa-runner is', async () => {
    await restart('opa');
    await sees(user, 403);
    await restart('opa-runner');
    await sees(user, 200);
  });
});

describe('vault-runner', () => {
  const approleToken = async () => (await readFile(join(stack.checkout, 'tmp/vault/approle-token'), 'utf8')).trim();
  const lookUpSelf = async () =>
    await askVault(stack.vaultUrl, 'GET', 'auth/token/lookup-self', { token: await approleToken() });

  test('has an approle token that lives as long as the system lets it, and has no period', async () => {
    const { data } = (await lookUpSelf()).body as { readonly data: Record<string, unknown> };
    expect(data).toMatchObject({ policies: ['approle', 'default'], creation_ttl: 2_764_800, renewable: true });
    expect(data).not.toHaveProperty('period');
  });

  test('makes the token again under its id when it is gone, and it is restarted', async () => {
    await stack.vault('POST', 'auth/token/revoke', { token: await approleToken() });
    expect(await stack.vaultLogin('katsu')).toBe(403);
    await restart('vault-runner');
    await until('the token', async () => (await lookUpSelf()).status === 200);
    expect(await stack.vaultLogin('katsu')).toBe(200);
  });

  test('does not unseal a Vault that was restarted, unless it is restarted too', async () => {
    await restart('vault');
    await until('vault', async () => (await askVault(stack.vaultUrl, 'GET', 'sys/seal-status')).status === 200);
    expect((await askVault(stack.vaultUrl, 'GET', 'sys/seal-status')).body).toMatchObject({ sealed: true });
    expect(await stack.vaultLogin('katsu')).toBe(503);
    expect((await lookUp(user)).status).toBe(503);
    await restart('vault-runner');
    await sees(user, 200);
    expect(await stack.vaultLogin('katsu')).toBe(200);
  });
});

describe('containers that are made anew', () => {
  test('have no role id, and such a vault-runner does not unseal', async () => {
    await stack.recreate('katsu', 'vault-runner');
    await until('vault-runner', async () =>
      (await stack.docker('logs', stack.containers['vault-runner'])).includes('renew: status 200'),
    );
    expect(await stack.docker('logs', stack.containers['vault-runner'])).not.toContain('unseal');
    await expect(stack.vaultLogin('katsu')).rejects.toThrow('/home/candig/roleid');
    expect(await stack.vaultLogin('htsget')).toBe(200);
    expect((await findStack(stack.project))?.containers).toEqual(stack.containers);
  });

  test('have a Vault with other keys and only what a new site has, if it was lost and built again', async () => {
    const before = await stack.vaultKeys();
    await stack.rebuildVault();
    const after = await stack.vaultKeys();
    expect(after.root).not.toBe(before.root);
    expect(after.unseal).not.toEqual(before.unseal);
    for (const role of rolesInVault) expect([role, await stack.vaultLogin(role)]).toEqual([role, 200]);
    expect(await read(stack, 'opa/programs')).toEqual({ programs: [] });
    expect((await stack.vault('LIST', 'opa/users')).status).toBe(404);
    await sees(user, 200);
    expect((await lookUp(user)).value).toEqual({ site_admin: false, datasets: [] });
  });
});

describe('a site without debugging', () => {
  let bound: TestStack;
  beforeAll(async () => {
    bound = await startStack({ vault: true, rows: 1_000, donors: 100, users: 1_500, bindAddresses: true });
  });
  afterAll(async () => {
    await bound?.stop();
  });

  test('has thousands of users, if told to', async () => {
    expect(await namesIn(bound, 'opa/users')).toHaveLength(1_500);
  });

  test('lets services in from their own address only', async () => {
    for (const role of rolesInVault) expect([role, await bound.vaultLogin(role)]).toEqual([role, 200]);
    const network = `${bound.project}_default`;
    await bound.docker('network', 'disconnect', network, bound.containers.katsu);
    const label = ['--label', stackLabel(bound.project)];
    await bound.docker('run', '-d', '--network', network, ...label, bound.images.services, 'sleep', '600');
    await bound.docker('network', 'connect', network, bound.containers.katsu);
    expect(await bound.vaultLogin('katsu')).toBe(400);
    expect(await bound.vaultLogin('htsget')).toBe(200);
  });

  test('leaves no role ids in the checkout', async () => {
    expect(await onHost(bound, `ls ${bound.checkout}/tmp/vault`)).toBe('approle-token\nkeys.txt\nservice_stores.txt\n');
  });
});
