import { join } from 'node:path';
import type { StackFolder } from './folder.ts';
import type { Images } from './images.ts';
import { type ContainerName, type ServiceName, services } from './services.ts';

/** Host ports on 127.0.0.1, one kept for each container whether it listens or not. */
export type Ports = Readonly<Record<ContainerName, number>>;

export interface StackPlan {
  readonly project: string;
  readonly folder: StackFolder;
  readonly images: Images;
  readonly ports: Ports;
}

/** The label every container, volume and network of a stack carries. */
export const stackLabel = (project: string) => `candig-backup.test-stack=${project}`;

/** The named volumes that `names` mount, as Docker knows them. */
export function volumeNames(project: string, names: readonly ServiceName[]): string[] {
  const sources = names.flatMap((name) => Object.keys(services[name].volumes ?? {}));
  return [...new Set(sources.filter((source) => !source.includes('/')))].map((source) => `${project}_${source}`);
}

/** The arguments of the `docker create` that makes `name` as `docker compose --compatibility up` would have. */
export function createService(plan: StackPlan, name: ServiceName): string[] {
  const { project, folder, images, ports } = plan;
  const service = services[name];
  const image = images[service.image];
  if (image === undefined) throw new Error(`there is no image for ${name}`);
  const workingFolder = join(folder.checkout, 'lib/candigv2');
  const labels = [
    stackLabel(project),
    `com.docker.compose.project=${project}`,
    `com.docker.compose.service=${name}`,
    'com.docker.compose.container-number=1',
    'com.docker.compose.oneoff=False',
    `com.docker.compose.project.working_dir=${workingFolder}`,
    `com.docker.compose.project.config_files=${join(workingFolder, 'docker-compose.yml')}`,
    `candigv2=${service.candigLabel}`,
  ];
  const mounts = [
    ...Object.entries(service.volumes ?? {}).map(([source, target]) =>
      source.includes('/') ? `${join(folder.checkout, source)}:${target}` : `${project}_${source}:${target}`,
    ),
    ...Object.entries(service.secrets ?? {}).map(
      ([source, target]) => `${join(folder.checkout, source)}:/run/secrets/${target}:ro`,
    ),
  ];
  const flags: string[] = ['--name', `${project}_${name}_1`, '--network', `${project}_default`];
  flags.push('--network-alias', name);
  if (service.port !== undefined) flags.push('-p', `127.0.0.1:${ports[name]}:${service.port}`);
  for (const label of labels) flags.push('--label', label);
  for (const mount of mounts) flags.push('-v', mount);
  for (const [key, value] of Object.entries(service.env ?? {})) flags.push('-e', `${key}=${value}`);
  if (service.health) {
    const { test, interval, timeout } = service.health;
    flags.push(
      '--health-cmd',
      test,
      '--health-interval',
      interval,
      '--health-timeout',
      timeout,
      '--health-retries',
      '3',
    );
  }
  if (service.logsToFluentd) {
    // Not async: a service cannot start while fluentd is down, as on a real site.
    flags.push('--log-driver', 'fluentd', '--log-opt', `fluentd-address=127.0.0.1:${ports.fluentd}`);
    flags.push('--log-opt', 'tag={{.Name}}');
  }
  if (service.user) flags.push('--user', service.user);
  return ['create', ...flags, ...(service.more ?? []), image, ...(service.command ?? [])];
}

/** The uid of the host's user `deploy`, to whom the checkout belongs: ours, so that files made here are its own. */
export function deployUid(): number {
  const user = process.getuid?.() ?? 0;
  return user === 0 ? 1000 : user;
}

/**
 * The arguments of the `docker create` that makes the host: an sshd whose user `deploy` may use Docker. It is no part of
 * the compose project, and sees the checkout at the path it has outside, where bind mounts are resolved.
 */
export function createHost({ project, folder, images, ports }: StackPlan): string[] {
  const socket = process.env.DOCKER_HOST?.startsWith('unix://')
    ? process.env.DOCKER_HOST.slice(7)
    : '/var/run/docker.sock';
  return [
    ...['create', '--init', '--name', `${project}-sshd`, '--hostname', 'candig-host', '--label', stackLabel(project)],
    // For tests that break this one container's network.
    ...['--cap-add', 'NET_ADMIN', '-p', `127.0.0.1:${ports.sshd}:22`],
    ...['-v', `${socket}:/var/run/docker.sock`, '-v', `${folder.checkout}:${folder.checkout}`],
    ...['-v', `${folder.keys}:/run/stack:ro`],
    ...['-e', `CHECKOUT=${folder.checkout}`, '-e', `DEPLOY_UID=${deployUid()}`],
    images.host,
  ];
}
