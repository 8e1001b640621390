import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { writeAsOperator } from './operator.ts';
import { docker } from './run.ts';
import { until } from './until.ts';
import { type Ask, askVault, openAsk } from './vault-api.ts';
import { basicEntries, type EntriesSize, siteEntries } from './vault-entries.ts';
import { type VaultKeys, writtenKeys } from './vault-keys.ts';
import { rolesInVault } from './vault-policies.ts';
import { makeApprole, makeRole, type VaultSite } from './vault-roles.ts';

export interface VaultSetup extends VaultSite {
  /** Undefined: the stores of a site that was just built. */
  readonly size: EntriesSize | undefined;
  /** Whether the roles are bound to the addresses of their containers, as with CANDIG_DEBUG_MODE=0. */
  readonly bindAddresses: boolean;
}

const configuration = {
  storage: { file: { path: '/vault/data' } },
  listener: { tcp: { address: '0.0.0.0:8200', tls_disable: 1 } },
  ui: true,
};

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
  await ask('PUT', 'sys/audit/file', { type: 'file', options: { file_path: '/vault/vault-audit.log' } });
  await makeApprole(setup, ask, setup.bindAddresses);
  await ask('POST', 'sys/mounts/keycloak', { type: 'kv', description: 'keycloak kv store' });
  await Promise.all(rolesInVault.map((role) => makeRole(setup, ask, role)));
  await writeAsOperator(checkout, 'tmp/vault/service_stores.txt', `${rolesInVault.join('\n')}\n`);
  const clientSecret = (await readFile(join(checkout, 'tmp/keycloak/client-secret'), 'utf8')).trim();
  await fill(ask, basicEntries(clientSecret));
  if (setup.size !== undefined) await fill(ask, siteEntries(setup.size));
}
