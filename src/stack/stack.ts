import { BackupError } from '../errors.ts';
import type { CallOptions, Command, Remote } from '../remote/remote.ts';
import { type Container, parseInspect } from './container.ts';
import { translateDockerError } from './docker.ts';

/** A CanDIG stack as found on its host: which containers there are and in what state, at the time of `readStack`. */
export interface Stack {
  readonly project: string;
  /** Every container of the compose project. */
  readonly containers: readonly Container[];
  /** Running containers on the same host that belong to other projects or to none. */
  readonly strangers: readonly Container[];
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
 * Looks at the host: the project's containers by compose's labels, which stay when names change between compose
 * versions, and whatever else runs there.
 */
export async function readStack(remote: Remote, project: string, options: CallOptions = {}): Promise<Stack> {
  const listed = await runDocker(remote, 'List the containers', ['ps', '--all', '--quiet', '--no-trunc'], options);
  const ids = listed.split('\n').filter((line) => line !== '');
  if (ids.length === 0) return { project, containers: [], strangers: [] };
  const json = await inspect(remote, ids, options);
  const found = parseInspect(json);
  return {
    project,
    containers: found.filter((container) => container.project === project),
    strangers: found.filter((container) => container.project !== project && container.state === 'running'),
  };
}

async function inspect(remote: Remote, ids: readonly string[], options: CallOptions): Promise<string> {
  try {
    return await runDocker(remote, 'Inspect the containers', ['inspect', '--type', 'container', ...ids], options);
  } catch (error) {
    // A container that went away between the two commands; the ones that are left matter.
    if (!(error instanceof BackupError && error.code === 'service-replaced') || ids.length === 1) throw error;
    const still = await runDocker(remote, 'List the containers', ['ps', '--all', '--quiet', '--no-trunc'], options);
    const left = still.split('\n').filter((line) => line !== '');
    return await runDocker(remote, 'Inspect the containers', ['inspect', '--type', 'container', ...left], options);
  }
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
