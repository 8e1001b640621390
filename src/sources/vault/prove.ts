import { BackupError } from '../../errors.ts';
import { type CallOptions, CommandError, type Remote } from '../../remote/remote.ts';
import type { Container } from '../../stack/container.ts';
import { ownLabels } from '../../stack/own-containers.ts';
import { connectTo, openVaultOver } from './api.ts';
import { isObject } from './exact-json.ts';
import type { ServiceLogin, SiteLogins } from './logins.ts';

/** Whether a service can log in to Vault, tried from where it calls. */
export interface LoginResult {
  readonly service: string;
  readonly well: boolean;
  /** Which containers it was tried from. None runs: it cannot be told. */
  readonly from: readonly string[];
}

/**
 * Logs in as each service does, from its own address: out of the network namespace of each of its running containers, by a
 * container of Vault's image that shares it, since a service's own image may have no program to do it with. The service's
 * approle token gives a secret id, that and its role id a token, which is revoked again. Nothing of it stands in an argument.
 */
export async function proveLogins(
  remote: Remote,
  vault: Container,
  logins: SiteLogins,
  options: CallOptions = {},
): Promise<LoginResult[]> {
  return await Promise.all(
    logins.services.map(async (service) => {
      const running = service.containers.filter(({ state }) => state === 'running');
      const tries = running.map(
        async (container) => await canLogIn(remote, vault, container, service, logins, options),
      );
      const well = (await Promise.all(tries)).every((succeeded) => succeeded);
      return { service: service.role, well: well && running.length > 0, from: running.map(({ name }) => name) };
    }),
  );
}

async function canLogIn(
  remote: Remote,
  vault: Container,
  container: Container,
  { role, roleId }: ServiceLogin,
  { approleToken }: SiteLogins,
  options: CallOptions,
): Promise<boolean> {
  const address = vault.addresses[0];
  if (approleToken === undefined || address === undefined) return false;
  const share = ['docker', 'run', '--rm', '--interactive', '--log-driver=none', '--pull=never'] as const;
  const [program, ...args] = connectTo(address);
  const command = [
    ...share,
    ...ownLabels(container.project ?? '', 'helper'),
    `--network=container:${container.id}`,
    `--entrypoint=${program}`,
    vault.image,
    ...args,
  ] as const;
  await using connection = openVaultOver(() => remote.open(command, options), remote.name);
  try {
    const secret = await connection
      .as(approleToken)
      .ask('Ask for a secret id', 'PUT', `auth/approle/role/${role}/secret-id`);
    const secretId = isObject(secret.body.data) ? secret.body.data.secret_id : undefined;
    const body = { role_id: roleId, secret_id: secretId ?? '' };
    const login = await connection.ask('Log in', 'PUT', 'auth/approle/login', { body });
    const token = isObject(login.body.auth) ? login.body.auth.client_token : undefined;
    if (typeof token !== 'string') return false;
    await connection.as(token).ask('End the login', 'PUT', 'auth/token/revoke-self');
    return true;
  } catch (error) {
    // Vault's refusal is the answer; a host that cannot be asked is none.
    const refused =
      error instanceof BackupError && ['vault-unusable', 'vault-sealed', 'timed-out'].includes(error.code);
    if (refused || error instanceof CommandError) return false;
    throw error;
  }
}
