import type { Images } from './images.ts';

/** What every stack has. */
export const serviceNames = ['fluentd', 'postgres-db', 'redis', 'katsu', 'htsget', 'candig-ingest'] as const;
/** What a stack with a Vault has besides. */
export const vaultServiceNames = ['vault', 'vault-runner', 'opa', 'opa-runner', 'query', 'federation'] as const;
export type ServiceName = (typeof serviceNames)[number] | (typeof vaultServiceNames)[number];
/** The services, and the container that stands for the host. */
export type ContainerName = ServiceName | 'sshd';

/** What CanDIG's compose file says about a service, as far as a backup can see it. */
export interface Service {
  readonly image: keyof Images;
  readonly candigLabel: string;
  /** What it listens on; not every service is reached from outside. */
  readonly port?: number;
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
const curlAnyStatus = (url: string) => ({ ...curl(url), test: `curl ${url}` });
const vaultToken = { 'tmp/vault/approle-token': 'vault-approle-token' };
const vaultUrl = { VAULT_URL: 'http://vault:8200' };

/** CanDIG's services, in the order in which they start. */
export const services: Readonly<Record<ServiceName, Service>> = {
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
      ...vaultUrl,
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
      ...vaultUrl,
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
    env: { DAEMON_PATH: '/home/candig/tmp', SERVICE_NAME: 'candig-ingest', ...vaultUrl },
    secrets: { ...vaultToken, 'tmp/keycloak/client-secret': 'client_secret' },
    health: curl('http://localhost:1235/service-info'),
    logsToFluentd: true,
    user: 'candig',
  },
  vault: {
    image: 'vault',
    candigLabel: 'vault',
    port: 8200,
    command: ['vault', 'server', '-config=/vault/config/vault-config.json'],
    env: { VAULT_ADDR: 'http://127.0.0.1:8200', VAULT_DISABLE_MLOCK: 'true' },
    volumes: { 'vault-data': '/vault' },
    logsToFluentd: false,
    more: ['--cap-add', 'IPC_LOCK'],
  },
  'vault-runner': {
    image: 'services',
    candigLabel: 'vault',
    command: ['python3', '/opt/candig/vault_runner.py'],
    env: vaultUrl,
    volumes: { 'vault-data': '/vault' },
    secrets: vaultToken,
    health: { test: 'curl -f http://vault:8200/ui/', interval: '30s', timeout: '20s' },
    logsToFluentd: false,
  },
  opa: {
    image: 'services',
    candigLabel: 'opa',
    port: 8181,
    command: ['python3', '/opt/candig/opa.py'],
    env: vaultUrl,
    volumes: { 'opa-data': '/app' },
    logsToFluentd: true,
  },
  'opa-runner': {
    image: 'services',
    candigLabel: 'opa',
    command: ['python3', '/opt/candig/opa_runner.py'],
    env: { SERVICE_NAME: 'opa', OPA_URL: 'http://opa:8181', ...vaultUrl },
    volumes: { 'opa-data': '/app' },
    secrets: vaultToken,
    health: curl('http://opa:8181/v1/data/service/service-info'),
    logsToFluentd: true,
    user: 'candig',
  },
  query: {
    image: 'services',
    candigLabel: 'query',
    port: 3000,
    command: ['python3', '/opt/candig/query.py'],
    env: { SERVICE_NAME: 'query', OPA_URL: 'http://opa:8181', ...vaultUrl },
    volumes: { 'query-data': '/app' },
    secrets: vaultToken,
    health: curlAnyStatus('http://localhost:3000/service-info'),
    logsToFluentd: true,
    user: 'candig',
  },
  federation: {
    image: 'services',
    candigLabel: 'federation',
    port: 4232,
    command: ['python3', '/opt/candig/federation.py'],
    env: { SERVICE_NAME: 'federation', ...vaultUrl },
    secrets: { ...vaultToken, 'tmp/keycloak/client-secret': 'client_secret' },
    health: curlAnyStatus('http://localhost:4232/federation/v1/service-info'),
    logsToFluentd: true,
    user: 'candig',
  },
};
