import { join } from 'node:path';
import type { StackFolder } from './folder.ts';
import type { Images } from './images.ts';

export const serviceNames = ['fluentd', 'postgres-db', 'redis', 'katsu', 'htsget', 'candig-ingest'] as const;
export type ServiceName = (typeof serviceNames)[number];
/** The services, and the container that stands for the host. */
export type ContainerName = ServiceName | 'sshd';
export type Ports = Readonly<Record<ContainerName, number>>;

export interface StackPlan {
  readonly project: string;
  readonly folder: StackFolder;
  readonly images: Images;
  readonly ports: Ports;
}

/** What CanDIG's compose file says about a service, as far as a backup can see it. */
interface Service {
  readonly image: keyof Images;
  readonly candigLabel: string;
  readonly port: number;
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Source (a volume's name, or a path in the checkout) → path in the container. */
  readonly volumes?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly health?: { readonly test: string; readonly interval: string; readonly timeout: string };
  readonly logsToFluentd: boolean;
  readonly user?: string;
  readonly more?: readonly string[];
}

const curl = (url: string) => ({ test: `curl --fail ${url}`, interval: '30s', timeout: '10s' });
const vaultToken = { 'tmp/vault/approle-token': 'vault-approle-token' };

const services: Readonly<Record<ServiceName, Service>> = {
  fluentd: {
    image: 'services',
    candigLabel: 'logging',
    port: 24224,
    command: ['python3', '/opt/candig/fluentd.py'],
    volumes: { 'tmp/logs': '/logging' },
    logsToFluentd: false,
  },
  'postgres-db': {
    image: 'postgres',
    candigLabel: 'postgres',
    port: 5432,
    env: {
      POSTGRES_USER: 'admin',
      POSTGRES_DB: 'clinical',
      POSTGRES_PASSWORD_FILE: '/run/secrets/postgres_db_secret',
      POSTGRES_HOST_AUTH_METHOD: 'password',
    },
    volumes: { 'postgres-data': '/var/lib/postgresql/data' },
    secrets: { 'tmp/postgres/db-secret': 'postgres_db_secret' },
    health: {
      test: 'export PGPASSWORD=$(< $POSTGRES_PASSWORD_FILE); psql -d $POSTGRES_DB -U $POSTGRES_USER -c "SELECT 1"',
      interval: '60s',
      timeout: '3s',
    },
    logsToFluentd: true,
    more: ['--shm-size=256m'],
  },
  redis: {
    image: 'services',
    candigLabel: 'redis',
    port: 6379,
    // Without `exec` the shell would be process 1 and sit out the ten seconds of `docker stop`.
    command: ['sh', '-c', 'exec redis-server --dir /data --requirepass $(cat $REDIS_PASSWORD_FILE)'],
    env: { REDIS_PASSWORD_FILE: '/run/secrets/redis-secret-key' },
    volumes: { 'redis-data': '/data' },
    secrets: { 'tmp/redis/secret-key': 'redis-secret-key' },
    health: { test: 'redis-cli ping', interval: '30s', timeout: '20s' },
    logsToFluentd: false,
  },
  katsu: {
    image: 'services',
    candigLabel: 'chord-metadata',
    port: 8000,
    command: ['python3', '/opt/candig/katsu.py'],
    env: {
      POSTGRES_DATABASE: 'clinical',
      POSTGRES_HOST: 'postgres-db',
      POSTGRES_PORT: '5432',
      POSTGRES_USER: 'admin',
      POSTGRES_PASSWORD_FILE: '/run/secrets/postgres_db_secret',
      REDIS_HOST: 'redis',
      REDIS_PASSWORD_FILE: '/run/secrets/redis_secret_key',
      CACHE_DURATION: '86400',
      SERVICE_NAME: 'katsu',
    },
    secrets: {
      ...vaultToken,
      'tmp/postgres/db-secret': 'postgres_db_secret',
      'tmp/redis/secret-key': 'redis_secret_key',
    },
    health: curl('http://localhost:8000/v3/service-info'),
    logsToFluentd: true,
    user: 'candig',
  },
  htsget: {
    image: 'services',
    candigLabel: 'htsget',
    port: 3000,
    command: ['python3', '/opt/candig/htsget.py'],
    env: {
      DB_PATH: 'postgres-db',
      POSTGRES_DATABASE: 'genomic',
      POSTGRES_USERNAME: 'admin',
      POSTGRES_PASSWORD_FILE: '/run/secrets/postgres-db-secret',
      INDEXING_PATH: '/home/candig/tmp',
      SERVICE_NAME: 'htsget',
    },
    volumes: { 'htsget-data': '/data' },
    secrets: { ...vaultToken, 'tmp/postgres/db-secret': 'postgres-db-secret' },
    health: curl('http://localhost:3000/ga4gh/drs/v1/service-info'),
    logsToFluentd: true,
    user: 'candig',
  },
  'candig-ingest': {
    image: 'services',
    candigLabel: 'candig-ingest',
    port: 1235,
    command: ['python3', '/opt/candig/ingest.py'],
    env: { DAEMON_PATH: '/home/candig/tmp', SERVICE_NAME: 'candig-ingest' },
    secrets: { ...vaultToken, 'tmp/keycloak/client-secret': 'client_secret' },
    health: curl('http://localhost:1235/service-info'),
    logsToFluentd: true,
    user: 'candig',
  },
};

/** The label every container, volume and network of a stack carries. */
export const stackLabel = (project: string) => `candig-backup.test-stack=${project}`;

/** The named volumes of a stack, as Docker knows them. */
export function volumeNames(project: string): string[] {
  return Object.values(services)
    .flatMap((service) => Object.keys(service.volumes ?? {}))
    .filter((source) => !source.includes('/'))
    .map((source) => `${project}_${source}`);
}

/** The arguments of the `docker create` that makes `name` as `docker compose --compatibility up` would have. */
export function createService(plan: StackPlan, name: ServiceName): string[] {
  const { project, folder, images, ports } = plan;
  const service = services[name];
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
  flags.push('--network-alias', name, '-p', `127.0.0.1:${ports[name]}:${service.port}`);
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
  return ['create', ...flags, ...(service.more ?? []), images[service.image], ...(service.command ?? [])];
}

/**
 * The arguments of the `docker create` that makes the host: an sshd whose user `deploy` may use Docker. It is no part of
 * the compose project, and sees the checkout at the path it has outside, where bind mounts are resolved.
 */
export function createHost({ project, folder, images, ports }: StackPlan): string[] {
  const socket = process.env.DOCKER_HOST?.startsWith('unix://')
    ? process.env.DOCKER_HOST.slice(7)
    : '/var/run/docker.sock';
  const user = process.getuid?.() ?? 0;
  return [
    ...['create', '--init', '--name', `${project}-sshd`, '--hostname', 'candig-host', '--label', stackLabel(project)],
    // For tests that break this one container's network.
    ...['--cap-add', 'NET_ADMIN', '-p', `127.0.0.1:${ports.sshd}:22`],
    ...['-v', `${socket}:/var/run/docker.sock`, '-v', `${folder.checkout}:${folder.checkout}`],
    ...['-v', `${folder.keys}:/run/stack:ro`],
    ...['-e', `CHECKOUT=${folder.checkout}`, '-e', `DEPLOY_UID=${user === 0 ? 1000 : user}`],
    images.host,
  ];
}
