import { randomUUID } from 'node:crypto';
import { BlockList, isIPv6 } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { BackupError } from '../../errors.ts';
import type { VaultApi } from './api.ts';
import { listPaths, readEntry, writeEntry } from './entries.ts';
import { isObject, type Json, toJson } from './exact-json.ts';
import type { SiteLogins } from './logins.ts';

/** What was done so that the running services can log in. Services' names are no secret. */
export interface Fitted {
  /** Services whose role id was set to what their containers hold. */
  readonly roleIds: readonly string[];
  /** Services whose role was bound to other addresses than their containers have. */
  readonly bounds: readonly string[];
  /** Services that run and have no role in this Vault: they cannot log in until one is made. */
  readonly withoutRole: readonly string[];
  /** Entries taken over from the running site. */
  readonly kept: number;
}

const tokenRole = 'auth/token/roles/approle';
/** What belongs to the running site, and a Vault from a backup takes over from it. */
const ofTheRunningSite = ['keycloak/', 'opa/data', 'opa/paths'] as const;

/**
 * Makes a Vault, that of a backup, fit the running site: role ids and address bounds as its containers are, the approle
 * token made anew under the id they hold, and what `living` has of Keycloak and OPA, where there is a living Vault. Can
 * be done again. `api` has the rights of the root token.
 */
export async function fitToSite(api: VaultApi, logins: SiteLogins, living: VaultApi | undefined): Promise<Fitted> {
  const kept = living === undefined ? 0 : await takeOver(api, living);
  const roleIds = await setRoleIds(api, logins);
  const fitted = await fitAddresses(api, logins);
  await makeToken(api, logins);
  return { kept, roleIds, ...fitted };
}

/**
 * Brings bounds in line with the containers' addresses, which a start can change. The approle token, which has bounds of
 * its own, is made anew if it cannot be used as it is.
 */
export async function fitAddresses(api: VaultApi, logins: SiteLogins): Promise<Pick<Fitted, 'bounds' | 'withoutRole'>> {
  const roles = new Set((await listPaths(api, 'auth/approle/role/')).map((path) => path.split('/').at(-1)));
  const bounds = await Promise.all(
    logins.services.map(async (service) => {
      const path = `auth/approle/role/${service.role}`;
      if (!roles.has(service.role)) return [];
      const role = await readEntry(api, path);
      const addresses = service.containers.flatMap((container) => container.addresses);
      const bound = [...addresses, ...logins.gateways.map(({ address }) => address)].map(asBlock);
      const body = Object.fromEntries(
        ['secret_id_bound_cidrs', 'token_bound_cidrs'].flatMap((field) =>
          isBound(role?.[field]) && addresses.length > 0 && !isSame(role?.[field], bound) ? [[field, bound]] : [],
        ),
      );
      if (Object.keys(body).length === 0) return [];
      await api.ask('Bind a role to its containers', 'PUT', path, { body });
      return [service.role];
    }),
  );
  await bindToken(api, logins);
  if (!(await isTokenWell(api, logins))) await makeToken(api, logins);
  const withoutRole = logins.services.flatMap(({ role }) => (roles.has(role) ? [] : [role]));
  return { bounds: bounds.flat(), withoutRole };
}

/** Whether any login depends on the address it comes from. */
export async function hasBounds(api: VaultApi): Promise<boolean> {
  const roles = await listPaths(api, 'auth/approle/role/');
  const entries = await Promise.all([...roles, tokenRole].map(async (path) => await readEntry(api, path)));
  const fields = ['secret_id_bound_cidrs', 'token_bound_cidrs', 'bound_cidrs'];
  return entries.some((entry) => fields.some((field) => isBound(entry?.[field])));
}

async function takeOver(api: VaultApi, living: VaultApi): Promise<number> {
  const found = ofTheRunningSite.map(async (path) => (path.endsWith('/') ? await listPaths(living, path) : [path]));
  const paths = (await Promise.all(found)).flat();
  const mounts = await readEntry(api, 'sys/mounts');
  for (const mount of new Set(paths.map((path) => path.slice(0, path.indexOf('/') + 1)))) {
    if (mounts !== undefined && Object.hasOwn(mounts, mount)) continue;
    const body = { type: 'kv', options: { version: '1' } };
    await api.ask('Make a store', 'PUT', `sys/mounts/${mount.slice(0, -1)}`, { body });
  }
  const taken = paths.map(async (path) => {
    const entry = await readEntry(living, path);
    if (entry === undefined) return 0;
    await writeEntry(api, path, entry);
    return 1;
  });
  return (await Promise.all<number>(taken)).reduce((sum, one) => sum + one, 0);
}

async function setRoleIds(api: VaultApi, { services }: SiteLogins): Promise<string[]> {
  const differing = await Promise.all(
    services.map(async (service) => {
      const entry = await readEntry(api, `auth/approle/role/${service.role}/role-id`);
      return entry === undefined || entry.role_id === service.roleId ? [] : [service];
    }),
  );
  const set = async (role: string, roleId: string): Promise<void> => {
    await api.ask('Set a role id', 'PUT', `auth/approle/role/${role}/role-id`, { body: { role_id: roleId } });
  };
  // Two may have changed places, and no two roles can have one id.
  for (const { role } of differing.flat()) await set(role, randomUUID());
  for (const { role, roleId } of differing.flat()) await set(role, roleId);
  return differing.flat().map(({ role }) => role);
}

/** The approle token takes its bounds from its token role when it is made. */
async function bindToken(api: VaultApi, logins: SiteLogins): Promise<void> {
  const role = await readEntry(api, tokenRole);
  const addresses = addressesOf(logins);
  for (const field of ['bound_cidrs', 'token_bound_cidrs']) {
    const bound = role?.[field];
    if (!isBound(bound) || covers(bound, addresses)) continue;
    // As CanDIG binds it, or if that leaves out a service, to the whole network.
    const near = logins.gateways.map(({ address }) => `${address}/27`);
    const whole = logins.gateways.map(({ address, prefixBits }) => `${address}/${prefixBits}`);
    const body = { [field]: covers(near, addresses) ? near : whole };
    await api.ask('Bind the approle token', 'PUT', tokenRole, { body });
  }
}

async function isTokenWell(api: VaultApi, logins: SiteLogins): Promise<boolean> {
  if (logins.approleToken === undefined) return true;
  const asked = { body: { token: logins.approleToken }, accept: [400, 403, 404] };
  const { status, body } = await api.ask('Look at the approle token', 'PUT', 'auth/token/lookup', asked);
  const bound = isObject(body.data) ? body.data.bound_cidrs : undefined;
  return status === 200 && (!isBound(bound) || covers(bound, addressesOf(logins)));
}

/**
 * How long Vault may take to revoke what has ended, all in their turn: thousands of logins in a copy of a site in use.
 * Staging waits for it, with the site up.
 */
const revokedWithinMs = 600_000;

/** Makes the token that services ask for secret ids with: under the id they hold, with its whole life before it. */
async function makeToken(api: VaultApi, { approleToken }: SiteLogins): Promise<void> {
  if (approleToken === undefined) return;
  // A living one with that id would be refused as a duplicate; an old one has little of its life left.
  const known = { body: { token: approleToken }, accept: [400, 403, 404] };
  await api.ask('Revoke the approle token', 'PUT', 'auth/token/revoke', known);
  const wanted = { body: { id: approleToken, policies: ['approle'] }, accept: [400] };
  const end = performance.now() + revokedWithinMs;
  for (;;) {
    const { status, body } = await api.ask('Make the approle token', 'PUT', 'auth/token/create/approle', wanted);
    if (status !== 400) return;
    // One that has ended is a duplicate too until Vault has come round to it. To have its lease revoked out of turn would
    // not do: Vault still has it in its queue, by a name that the new one has as well.
    if (!toJson(body).includes('duplicate ID') || performance.now() > end) {
      throw new BackupError('vault-unusable', `Make the approle token: Vault answered ${status}`);
    }
    await delay(500);
  }
}

function addressesOf({ services }: SiteLogins): string[] {
  return services.flatMap(({ containers }) => containers.flatMap(({ addresses }) => addresses));
}

function isBound(bound: Json | undefined): bound is string[] {
  return Array.isArray(bound) && bound.length > 0;
}

function isSame(bound: Json | undefined, wanted: readonly string[]): boolean {
  if (!isBound(bound)) return false;
  const blocks = new Set(bound.map(asBlock));
  return blocks.size === new Set(wanted).size && wanted.every((block) => blocks.has(block));
}

/** Vault leaves out the `/32` of some that it was given with it. */
function asBlock(address: string): string {
  if (address.includes('/')) return address;
  return `${address}/${isIPv6(address) ? 128 : 32}`;
}

function covers(blocks: readonly string[], addresses: readonly string[]): boolean {
  const list = new BlockList();
  for (const block of blocks) {
    const [address = '', bits] = asBlock(block).split('/');
    list.addSubnet(address, Number(bits), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  return addresses.every((address) => list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'));
}
