import { type CallOptions, CommandError, type Remote } from '../../remote/remote.ts';
import type { Container } from '../../stack/container.ts';
import { translateDockerError } from '../../stack/docker.ts';
import { runDocker, type Stack } from '../../stack/stack.ts';
import { approleTokenFile } from './living.ts';

/** A service as Vault knows it: what its containers hold to log in with, and where they call from. */
export interface ServiceLogin {
  /** The service's name, which is its role's. */
  readonly role: string;
  readonly roleId: string;
  /** All that hold this role id; those that run have addresses. */
  readonly containers: readonly Container[];
}

/** How the running site's services log in. Kept in memory only. */
export interface SiteLogins {
  readonly services: readonly ServiceLogin[];
  /** Undefined if no container has one. */
  readonly approleToken: string | undefined;
  /** The networks of those containers: the gateway, and how many bits name the network. */
  readonly gateways: readonly { readonly address: string; readonly prefixBits: number }[];
}

const roleIdFile = '/home/candig/roleid';

/** Reads what the project's containers hold, running or not, to log in to Vault with. */
export async function readLogins(remote: Remote, stack: Stack, options: CallOptions = {}): Promise<SiteLogins> {
  const withToken = stack.containers.find(({ mounts }) =>
    mounts.some(({ destination }) => destination === approleTokenFile),
  );
  const readAll = stack.containers.map(async (container) => ({
    container,
    roleId: await readFileOf(remote, container, roleIdFile, options),
  }));
  const readToken = withToken && readFileOf(remote, withToken, approleTokenFile, options);
  const [approleToken, ...holders] = await Promise.all([readToken, ...readAll]);
  const ids = [...new Set(holders.flatMap(({ roleId }) => (roleId === undefined ? [] : [roleId])))];
  const services = ids.flatMap((roleId) => {
    const containers = holders.filter((holder) => holder.roleId === roleId).map(({ container }) => container);
    // A service's runner holds its id as well: the service has the shortest name.
    const names = containers.flatMap(({ service }) => (service === undefined ? [] : [service]));
    const [role] = names.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
    return role === undefined ? [] : [{ role, roleId, containers }];
  });
  const gateways = await readGateways(
    remote,
    services.flatMap(({ containers }) => containers),
    options,
  );
  return { services, approleToken, gateways };
}

async function readGateways(
  remote: Remote,
  containers: readonly Container[],
  options: CallOptions,
): Promise<SiteLogins['gateways']> {
  if (containers.length === 0) return [];
  const format = '{{range .NetworkSettings.Networks}}{{.Gateway}} {{.IPPrefixLen}}{{"\\n"}}{{end}}';
  const ids = containers.map(({ id }) => id);
  const lines = (
    await runDocker(remote, 'Inspect the networks', ['inspect', '--format', format, ...ids], options)
  ).split('\n');
  return [...new Set(lines)].flatMap((line) => {
    const [address = '', bits] = line.split(' ');
    return address === '' ? [] : [{ address, prefixBits: Number(bits) }];
  });
}

/**
 * A small file of a container that may be stopped and may have no programs of its own; undefined if it is not there.
 * `docker cp` gives it as a tar.
 */
async function readFileOf(
  remote: Remote,
  container: Container,
  path: string,
  options: CallOptions,
): Promise<string | undefined> {
  const limits = { timeoutMs: 30_000, maxOutputBytes: 64 * 1024, ...options };
  const tar = await remote
    .run(['docker', 'cp', '--follow-link', `${container.id}:${path}`, '-'], limits)
    .catch((error: unknown) => {
      // As the client says it, in versions 20.10 to 28.
      const absent = /No such container:path|Could not find the file|no such file or directory|not a directory/i;
      if (error instanceof CommandError && absent.test(error.stderrTail)) return undefined;
      throw translateDockerError(error, `Read what ${container.name} logs in with`, remote.name);
    });
  if (tar === undefined) return undefined;
  const sizeBytes = Number.parseInt(tar.slice(124, 136), 8);
  const text = tar.slice(512, 512 + sizeBytes).trim();
  return /^[\x21-\x7e]{8,512}$/.test(text) ? text : undefined;
}
