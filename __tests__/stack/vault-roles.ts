import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ports } from './create.ts';
import { writeAsOperator } from './operator.ts';
import { docker } from './run.ts';
import type { ContainerName, ServiceName } from './services.ts';
import { type Ask, openAsk } from './vault-api.ts';
import { readVaultKeys } from './vault-keys.ts';
import { approlePolicy, policyOf, type RoleInVault, rolesInVault } from './vault-policies.ts';

/** The stack a Vault is for. */
export interface VaultSite {
  readonly project: string;
  readonly checkout: string;
  readonly containers: Readonly<Record<ContainerName, string>>;
  readonly ports: Ports;
}

/** The containers that hold the role id of a service: those of its compose file. */
const holders: Readonly<Record<RoleInVault, readonly ServiceName[]>> = {
  htsget: ['htsget'],
  katsu: ['katsu'],
  query: ['query'],
  opa: ['opa', 'opa-runner'],
  federation: ['federation'],
  'candig-ingest': ['candig-ingest'],
};

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

/** Turns approle on, and makes the token that all services hold under the id that is in their secret. */
export async function makeApprole(site: VaultSite, ask: Ask, bindAddresses: boolean): Promise<void> {
  await ask('POST', 'sys/auth/approle', { type: 'approle' });
  await ask('PUT', 'sys/policies/acl/approle', { policy: approlePolicy });
  const bound = bindAddresses ? { bound_cidrs: [(await networkOf(site.project)).range] } : {};
  await ask('POST', 'auth/token/roles/approle', bound);
  const id = (await readFile(join(site.checkout, 'tmp/vault/approle-token'), 'utf8')).trim();
  await ask('POST', 'auth/token/create/approle', { id, policies: ['approle'], periodic: '24h' }).catch(
    async (error: unknown) => {
      // vault-runner may have come first: it makes the very same token as soon as it can.
      await ask('POST', 'auth/token/lookup', { token: id }).catch(() => {
        throw error;
      });
    },
  );
}

const roleIdFile = (role: RoleInVault) => `tmp/vault/${role}-roleid`;
const roleLife = { secret_id_ttl: '10m', token_ttl: '20m', token_max_ttl: '30m' };

/** Makes a service's policy, role and store, and puts its role id where its containers look. */
export async function makeRole(site: VaultSite, ask: Ask, role: RoleInVault): Promise<void> {
  await ask('PUT', `sys/policies/acl/${role}`, { policy: policyOf(role) });
  await ask('POST', `auth/approle/role/${role}`, { ...roleLife, token_policies: [role] });
  await ask('POST', `sys/mounts/${role}`, { type: 'kv', description: `${role} kv store` });
  const answer = (await ask('GET', `auth/approle/role/${role}/role-id`)) as {
    readonly data: { readonly role_id: string };
  };
  const file = roleIdFile(role);
  await writeAsOperator(site.checkout, file, answer.data.role_id);
  for (const holder of holders[role]) {
    await docker(['cp', join(site.checkout, file), `${site.containers[holder]}:/home/candig/roleid`]);
  }
}

/** Binds each role to the addresses its containers have now, and the gateway's; role ids no longer lie in the checkout. */
export async function bindRoles(site: VaultSite): Promise<void> {
  const { root } = await readVaultKeys(join(site.checkout, 'tmp/vault/keys.txt'));
  const ask = openAsk(`http://127.0.0.1:${site.ports.vault}`, root);
  const { gateway } = await networkOf(site.project);
  for (const role of rolesInVault) {
    const addresses: string[] = [];
    for (const holder of holders[role]) {
      const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
      addresses.push(`${await docker(['inspect', '--format', format, site.containers[holder]])}/32`);
    }
    const bound = [...addresses, gateway];
    await ask('POST', `auth/approle/role/${role}`, { secret_id_bound_cidrs: bound, token_bound_cidrs: bound });
    await rm(join(site.checkout, roleIdFile(role)));
  }
}
