import { BackupError, isBackupError } from '../errors.ts';
import type { CallOptions, Command, Remote } from '../remote/remote.ts';
import { type Container, parseInspect } from './container.ts';
import { translateDockerError } from './docker.ts';

/** A CanDIG stack as found on its host: which containers there are and in what state, at the time of `readStack`. */
export interface Stack {
  readonly project: string;
  /** Every container of the compose project. */
  readonly containers: readonly Container[];
}

const deadlineMs = 30_000;

/** Runs a short docker command on the host; its failures are told apart (`docker-missing`, `docker-down`, …). */
export async function runDocker(
  remote: Pick<Remote, 'name' | 'run'>,
  what: string,
  args: readonly string[],
  options: CallOptions = {},
): Promise<string> {
  const command: Command = ['docker', ...args];
  return await remote.run(command, { timeoutMs: deadlineMs, ...options }).catch((error: unknown) => {
    throw translateDockerError(error, what, remote.name);
  });
}

/**
 * Looks at the host: the project's containers, by compose's labels, which stay when names change between compose
 * versions. Other containers are not asked: one that hangs would keep us waiting.
 */
export async function readStack(remote: Remote, project: string, options: CallOptions = {}): Promise<Stack> {
  const filter = ['--filter', `label=com.docker.compose.project=${project}`];
  const read = async (): Promise<Container[]> => {
    const listed = await runDocker(
      remote,
      'List the containers',
      ['ps', '--all', '--quiet', '--no-trunc', ...filter],
      options,
    );
    return await readContainers(
      remote,
      listed.split('\n').filter((line) => line !== ''),
      options,
    );
  };
  const containers = await read().catch(async (error: unknown) => {
    // One went away between the two commands: the ones that are left matter.
    if (!isBackupError(error, 'service-replaced')) throw error;
    return await read();
  });
  return { project, containers };
}

/** What containers with these full ids are like. `service-replaced` if one of them is not there. */
export async function readContainers(
  remote: Remote,
  ids: readonly string[],
  options: CallOptions = {},
): Promise<Container[]> {
  if (ids.length === 0) return [];
  const inspect = ['inspect', '--type', 'container', ...ids];
  return parseInspect(await runDocker(remote, 'Inspect the containers', inspect, options));
}

/** The containers, of whatever project, that have one of these addresses in Docker's networks. */
export async function findContainersAt(
  remote: Remote,
  addresses: readonly string[],
  options: CallOptions = {},
): Promise<Container[]> {
  if (addresses.length === 0) return [];
  const networks = await runDocker(remote, 'List the networks', ['network', 'ls', '--quiet', '--no-trunc'], options);
  const format = '{{range $id, $at := .Containers}}{{$id}} {{$at.IPv4Address}} {{$at.IPv6Address}}{{"\\n"}}{{end}}';
  const inspect = ['network', 'inspect', '--format', format, ...networks.split('\n').filter((line) => line !== '')];
  const lines = (await runDocker(remote, 'Inspect the networks', inspect, options)).split('\n');
  const ids = lines.flatMap((line) => {
    const [id = '', ...held] = line.split(' ');
    return held.some((address) => addresses.includes(address.replace(/\/\d+$/, ''))) ? [id] : [];
  });
  return await readContainers(remote, [...new Set(ids)], options);
}

/** The container of a service, in whatever state; undefined if there is none. Two of one service are refused. */
export function findService(stack: Stack, service: string): Container | undefined {
  const found = stack.containers.filter((container) => container.service === service);
  if (found.length > 1) {
    throw new BackupError(
      'service-ambiguous',
      `Project ${stack.project} has ${found.length} containers of service ${service}: ${found.map((c) => c.name).join(', ')}`,
      { hint: 'Remove the ones that are left over, so that there is no doubt which is meant' },
    );
  }
  return found[0];
}

/** The running container of a service; `service-missing` or `service-not-running` (the state is named) otherwise. */
export function requireService(stack: Stack, service: string): Container {
  const container = findService(stack, service);
  if (container === undefined) {
    const known = [...new Set(stack.containers.map((c) => c.service).filter((name) => name !== undefined))];
    throw new BackupError('service-missing', `Project ${stack.project} has no container of service ${service}`, {
      hint:
        known.length === 0
          ? `No container carries the compose project ${stack.project}: check the input project`
          : `Services found: ${known.sort().join(', ')}`,
    });
  }
  if (container.state !== 'running') {
    throw new BackupError('service-not-running', `${container.name} is ${container.state}, not running`, {
      hint: 'It was left as it is: start it yourself once you know why it is down',
    });
  }
  return container;
}
