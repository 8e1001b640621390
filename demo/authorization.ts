import type { TestStack } from '../__tests__/stack/stack.ts';
import { rolesInVault } from '../__tests__/stack/vault-policies.ts';
import type { Fingerprint } from './fingerprint.ts';

/** A person who may see one program at least. */
export const person = 'user3@canary.example.org';

/** Every entry that says who may see what, asked of Vault itself and not through the tool. */
export async function authorizationOf(stack: TestStack): Promise<Fingerprint> {
  const below = await Promise.all(['opa/programs', 'opa/users'].map(async (path) => await pathsBelow(stack, path)));
  const paths = ['opa/programs', 'opa/site_roles', 'opa/pending_users', ...below.flat()];
  const read = async (path: string) => JSON.stringify(dataOf(await stack.vault('GET', path)));
  return new Map(await Promise.all(paths.map(async (path) => [path, await read(path)] as const)));
}

/** Takes one person's access away, another one's in part, and lets a third one in: three entries. */
export async function ruinAuthorization(stack: TestStack): Promise<void> {
  await stack.vault('DELETE', `opa/users/${person}`);
  await stack.vault('PUT', 'opa/users/user4@canary.example.org', { programs: {} });
  await stack.vault('PUT', 'opa/users/stranger@canary.example.org', { programs: { all: { program_id: 'all' } } });
}

/** What `person` may see, as the service query finds out: from its token in Vault to OPA and back. Undefined: refused. */
export async function lookUp(stack: TestStack): Promise<string | undefined> {
  const url = `http://127.0.0.1:${stack.ports.query}/lookup/${encodeURIComponent(person)}`;
  const response = await fetch(url, { headers: { connection: 'close' } });
  const text = await response.text();
  return response.ok ? text : undefined;
}

/** The services that cannot log in to Vault from their own containers, with what these hold. */
export async function loggedOut(stack: TestStack): Promise<string[]> {
  const tried = await Promise.all(rolesInVault.map(async (role) => ({ role, status: await stack.vaultLogin(role) })));
  return tried.filter(({ status }) => status !== 200).map(({ role }) => role);
}

async function pathsBelow(stack: TestStack, path: string): Promise<string[]> {
  const names = (dataOf(await stack.vault('LIST', path)) as { readonly keys?: readonly string[] } | null)?.keys ?? [];
  return names.map((name) => `${path}/${name}`);
}

/** Null where there is no such entry. */
function dataOf({ status, body }: Awaited<ReturnType<TestStack['vault']>>): unknown {
  return status === 200 ? (body as { readonly data: unknown }).data : null;
}
