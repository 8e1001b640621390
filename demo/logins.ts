import { setTimeout as pause } from 'node:timers/promises';
import type { TestStack } from '../__tests__/stack/stack.ts';
import { openAsk } from '../__tests__/stack/vault-api.ts';
import { type RoleInVault, rolesInVault } from '../__tests__/stack/vault-policies.ts';

const pauseMs = 20;

export interface Meanwhile<Result> {
  readonly result: Result;
  /** How many logins went well while the work was done. */
  readonly logins: number;
}

/**
 * Logs in to Vault as one service after the other, by the way CanDIG's services do, for as long as `work` takes. Throws
 * if a single login failed.
 */
export async function withLogins<Result>(stack: TestStack, work: () => Promise<Result>): Promise<Meanwhile<Result>> {
  // Read beforehand: some of the containers are stopped on the way, and their logins are to go on.
  const credentials = await Promise.all(rolesInVault.map(async (role) => await credentialsOf(stack, role)));
  const failed: string[] = [];
  let logins = 0;
  let isOver = false;
  const loop = async (): Promise<void> => {
    for (let at = 0; !isOver; at += 1) {
      const each = credentials[at % credentials.length];
      if (each === undefined) return;
      try {
        await logIn(stack.vaultUrl, each);
        logins += 1;
      } catch (error) {
        failed.push(`${each.role}: ${error instanceof Error ? error.message : String(error)}`);
      }
      await pause(pauseMs);
    }
  };
  const looping = loop();
  try {
    const result = await work();
    isOver = true;
    await looping;
    if (failed.length > 0) throw new Error(`${failed.length} logins failed meanwhile, the first as ${failed[0]}`);
    return { result, logins };
  } finally {
    isOver = true;
    await looping;
  }
}

interface Credentials {
  readonly role: RoleInVault;
  readonly roleId: string;
  readonly approleToken: string;
}

async function credentialsOf(stack: TestStack, role: RoleInVault): Promise<Credentials> {
  // opa itself never logs in; opa-runner does that for it.
  const container = stack.containers[role === 'opa' ? 'opa-runner' : role];
  const read = async (file: string) => (await stack.docker('exec', container, 'cat', file)).trim();
  const files = ['/home/candig/roleid', '/run/secrets/vault-approle-token'];
  const [roleId = '', approleToken = ''] = await Promise.all(files.map(read));
  return { role, roleId, approleToken };
}

async function logIn(url: string, { role, roleId, approleToken }: Credentials): Promise<void> {
  const secret = await openAsk(url, approleToken)('POST', `auth/approle/role/${role}/secret-id`);
  const { secret_id } = (secret as { readonly data: { readonly secret_id: string } }).data;
  const login = await openAsk(url)('POST', 'auth/approle/login', { role_id: roleId, secret_id });
  const { client_token } = (login as { readonly auth: { readonly client_token: string } }).auth;
  await openAsk(url, client_token)('GET', 'keycloak/client-id');
}
