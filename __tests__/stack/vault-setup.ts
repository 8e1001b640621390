import { appendFile, chown, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { deployUid, type Ports } from './create.ts';
import { docker } from './run.ts';
import type { ContainerName, ServiceName } from './services.ts';
import { until } from './until.ts';
import { askVault, type VaultMethod } from './vault-api.ts';
import { basicEntries, type EntriesSize, siteEntries } from './vault-entries.ts';
import { readVaultKeys, type VaultKeys, writtenKeys } from './vault-keys.ts';
import { approlePolicy, policyOf, type RoleInVault, rolesInVault } from './vault-policies.ts';

export interface VaultSetup {
  readonly project: string;
  readonly checkout: string;
  readonly containers: Readonly<Record<ContainerName, string>>;
  readonly ports: Ports;
  /** Undefined: the stores of a site that was just built. */
  readonly size: EntriesSize | undefined;
  /** Whether the roles are bound to the addresses of their containers, as with CANDIG_DEBUG_MODE=0. */
  readonly bindAddresses: boolean;
}

type Ask = (method: VaultMethod, path: string, body?: unknown) => Promise<unknown>;

/** The containers that hold the role id of a service: those of its compose file. */
const holders: Readonly<Record<RoleInVault, readonly ServiceName[]>> = {
  htsget: ['htsget'],
  katsu: ['katsu'],
  query: ['query'],
  opa: ['opa', 'opa-runner'],
  federation: ['federation'],
  'candig-ingest': ['candig-ingest'],
};

const configuration = {
  storage: { file: { path: '/vault/data' } },
  listener: { tcp: { address: '0.0.0.0:8200', tls_disable: 1 } },
  ui: true,
};

/** Asks as `token`; rejects, without what was answered, on a status that is not 2xx. */
function openAsk(url: string, token?: string): Ask {
  return async (method, path, body) => {
    const answer = await askVault(url, method, path, { ...(token === undefined ? {} : { token }), body });
    if (answer.status >= 300) throw new Error(`Vault answered ${method} ${path} with ${answer.status}`);
    return answer.body;
  };
}

/** Files in the checkout belong to the operator. */
async function writeAsOperator(checkout: string, name: string, text: string, write = writeFile): Promise<void> {
  const path = join(checkout, name);
  await write(path, text);
  await chown(path, deployUid(), process.getgid?.() ?? 0);
}

async function initialise(setup: VaultSetup, url: string): Promise<VaultKeys> {
  const { checkout, containers } = setup;
  const ask = openAsk(url);
  const made = (await ask('PUT', 'sys/init', { secret_shares: 5, secret_threshold: 3 })) as {
    readonly keys_base64: readonly string[];
    readonly root_token: string;
  };
  const keys: VaultKeys = { unseal: made.keys_base64, root: made.root_token };
  await writeAsOperator(checkout, 'tmp/vault/keys.txt', writtenKeys(keys));
  // As CanDIG's set-up prints them and its Makefile keeps what was printed.
  const printed = keys.unseal.map((key, index) => `found key${index + 1}: ${key}\n`).join('');
  await writeAsOperator(
    checkout,
    'tmp/error.txt',
    `\nOutput of compose-vault: \n${printed}found root: ${keys.root}\n`,
    appendFile,
  );
  await writeAsOperator(checkout, 'tmp/progress.txt', `    finished compose-vault\n${keys.root}\n`, appendFile);
  await docker(['cp', join(checkout, 'tmp/vault/keys.txt'), `${containers.vault}:/vault/config/`]);
  for (const key of keys.unseal.slice(0, 3)) await ask('PUT', 'sys/unseal', { key });
  return keys;
}

/** The network's gateway, and the range around it that CanDIG binds the approle token to. */
async function networkOf(project: string): Promise<{ readonly gateway: string; readonly range: string }> {
  const gateway = await docker([
    'network',
    'inspect',
    '--format',
    '{{(index .IPAM.Config 0).Gateway}}',
    `${project}_default`,
  ]);
  return { gateway: `${gateway}/32`, range: `${gateway}/27` };
}

async function makeApprole(setup: VaultSetup, ask: Ask): Promise<void> {
  await ask('PUT', 'sys/audit/file', { type: 'file', options: { file_path: '/vault/vault-audit.log' } });
  await ask('POST', 'sys/auth/approle', { type: 'approle' });
  await ask('PUT', 'sys/policies/acl/approle', { policy: approlePolicy });
  const bound = setup.bindAddresses ? { bound_cidrs: [(await networkOf(setup.project)).range] } : {};
  await ask('POST', 'auth/token/roles/approle', bound);
  const id = (await readFile(join(setup.checkout, 'tmp/vault/approle-token'), 'utf8')).trim();
  await ask('POST', 'auth/token/create/approle', { id, policies: ['approle'], periodic: '24h' });
}

const roleIdFile = (role: RoleInVault) => `tmp/vault/${role}-roleid`;
const roleLife = { secret_id_ttl: '10m', token_ttl: '20m', token_max_ttl: '30m' };

/** Makes a service's policy, role and store, and puts its role id where its containers look. */
async function makeRole(setup: VaultSetup, ask: Ask, role: RoleInVault): Promise<void> {
  await ask('PUT', `sys/policies/acl/${role}`, { policy: policyOf(role) });
  await ask('POST', `auth/approle/role/${role}`, { ...roleLife, token_policies: [role] });
  await ask('POST', `sys/mounts/${role}`, { type: 'kv', description: `${role} kv store` });
  const answer = (await ask('GET', `auth/approle/role/${role}/role-id`)) as {
    readonly data: { readonly role_id: string };
  };
  const file = roleIdFile(role);
  await writeAsOperator(setup.checkout, file, answer.data.role_id);
  for (const holder of holders[role]) {
    await docker(['cp', join(setup.checkout, file), `${setup.containers[holder]}:/home/candig/roleid`]);
  }
}

/** Writes entries over a few connections that are kept; thousands take seconds. */
async function fill(ask: Ask, entries: Iterable<readonly [path: string, value: unknown]>): Promise<void> {
  const limit = pLimit(8);
  await Promise.all(Array.from(entries, ([path, value]) => limit(() => ask('PUT', path, value))));
}

/**
 * Starts the vault and vault-runner of a stack whose other containers need not run, and does what CanDIG's set-up does:
 * initialised and unsealed, keys in both places, audit on, a role and a store for each service, the entries of a site.
 */
export async function setUpVault(setup: VaultSetup): Promise<void> {
  const { checkout, containers, ports } = setup;
  const url = `http://127.0.0.1:${ports.vault}`;
  await writeAsOperator(checkout, 'lib/vault/tmp/vault-config.json', JSON.stringify(configuration));
  await docker(['cp', join(checkout, 'lib/vault/tmp/vault-config.json'), `${containers.vault}:/vault/config/`]);
  await docker(['start', containers['vault-runner'], containers.vault]);
  await until('vault-runner', async () => (await docker(['logs', containers['vault-runner']])).includes('set up'));
  await until('vault', async () => (await askVault(url, 'GET', 'sys/seal-status')).status === 200);
  const keys = await initialise(setup, url);
  const ask = openAsk(url, keys.root);
  await until('vault to be active', async () => (await askVault(url, 'GET', 'sys/health')).status === 200);
  await makeApprole(setup, ask);
  await ask('POST', 'sys/mounts/keycloak', { type: 'kv', description: 'keycloak kv store' });
  await Promise.all(rolesInVault.map((role) => makeRole(setup, ask, role)));
  await writeAsOperator(checkout, 'tmp/vault/service_stores.txt', `${rolesInVault.join('\n')}\n`);
  const clientSecret = (await readFile(join(checkout, 'tmp/keycloak/client-secret'), 'utf8')).trim();
  await fill(ask, basicEntries(clientSecret));
  if (setup.size !== undefined) await fill(ask, siteEntries(setup.size));
}

/** Binds each role to the addresses its containers have now, and the gateway's; role ids no longer lie in the checkout. */
export async function bindRoles(setup: VaultSetup): Promise<void> {
  const { root } = await readVaultKeys(join(setup.checkout, 'tmp/vault/keys.txt'));
  const ask = openAsk(`http://127.0.0.1:${setup.ports.vault}`, root);
  const { gateway } = await networkOf(setup.project);
  for (const role of rolesInVault) {
    const addresses: string[] = [];
    for (const holder of holders[role]) {
      const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
      addresses.push(`${await docker(['inspect', '--format', format, setup.containers[holder]])}/32`);
    }
    const bound = [...addresses, gateway];
    await ask('POST', `auth/approle/role/${role}`, { secret_id_bound_cidrs: bound, token_bound_cidrs: bound });
    await rm(join(setup.checkout, roleIdFile(role)));
  }
}
