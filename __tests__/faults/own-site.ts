import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSite } from '../../src/backups/site.ts';
import { silentLog } from '../../src/log.ts';
import { backup } from '../../src/operations/backup.ts';
import type { Context } from '../../src/operations/context.ts';
import { type RestoreRequest, restore } from '../../src/operations/restore.ts';
import { openLocal } from '../../src/remote/local.ts';
import type { Remote } from '../../src/remote/remote.ts';
import { generateIdentity, parseIdentities } from '../../src/seal/identities.ts';
import { generateSigningKey, parsePublicKey, readSigningKey } from '../../src/seal/minisign.ts';
import { parseRecipients } from '../../src/seal/recipients.ts';
import { openVaultApi } from '../../src/sources/vault/api.ts';
import type { Json } from '../../src/sources/vault/exact-json.ts';
import { parseVaultKeys, unseal } from '../../src/sources/vault/keys.ts';
import { openDirectory } from '../../src/stores/directory.ts';
import { ensureImages } from '../stack/images.ts';
import { docker } from '../stack/run.ts';
import { until } from '../stack/until.ts';
import type { VaultAnswer, VaultMethod } from '../stack/vault-api.ts';
import { basicEntries, siteEntries } from '../stack/vault-entries.ts';
import { ensureVault } from '../stack/vault-image.ts';
import { writtenKeys } from '../stack/vault-keys.ts';
import { approlePolicy, policyOf, type RoleInVault, rolesInVault } from '../stack/vault-policies.ts';
import { type OwnDockerd, startOwnDockerd } from './own-dockerd.ts';

/** In the order in which they are to be started. */
export const services = [
  'fluentd',
  'postgres-db',
  'vault',
  'federation',
  'htsget',
  'katsu',
  'query',
  'opa',
  'candig-ingest',
] as const;
type ServiceName = (typeof services)[number];

/**
 * A small site with a Docker daemon of its own, on this machine: real databases and a real Vault with all its roles;
 * the services are what a restore stops and starts, and log in to Vault, but do nothing.
 */
export interface OwnSite extends AsyncDisposable {
  readonly project: string;
  readonly dockerd: OwnDockerd;
  /** The machine as a login that sees that daemon. */
  readonly remote: Remote;
  readonly context: Context;
  idOf(service: ServiceName): string;
  inspect(format: string, service: ServiceName): Promise<string>;
  psql(database: string, sql: string): Promise<string>;
  /** Asks Vault with the root token; every status is an answer. */
  vault(method: VaultMethod, path: string, body?: unknown): Promise<VaultAnswer>;
  /** Resolves if Vault is unsealed, rejects if it is not or does not answer. */
  isUnsealed(): Promise<true>;
  /** The status line that a login as a service comes to, from inside the container that has its role id. */
  logIn(role: RoleInVault): Promise<string>;
  /** A backup of the databases and Vault. */
  backUp(): Promise<void>;
  /** Restores the newest backup's databases and authorization through `remote`. */
  restore(remote: Remote, request: Pick<RestoreRequest, 'authorization' | 'acceptReturned'>): Promise<void>;
}

const configuration = JSON.stringify({
  storage: { file: { path: '/vault/data' } },
  listener: { tcp: { address: '0.0.0.0:8200', tls_disable: true } },
  disable_mlock: true,
});
const databasePassword = '/run/secrets/postgres_db_secret';
const approleToken = '/run/secrets/vault-approle-token';

export async function openOwnSite(): Promise<OwnSite> {
  await using opened = new AsyncDisposableStack();
  const project = 'cbdockerd';
  const folder = await mkdtemp(join(tmpdir(), 'candig-dockerd-'));
  opened.defer(async () => await rm(folder, { recursive: true, force: true }));
  const dockerd = opened.use(await startOwnDockerd(join(folder, 'docker')));
  const image = await takeOverImages(dockerd, folder);
  const checkout = join(folder, 'checkout');
  await layFile(join(checkout, 'tmp/postgres/db-secret'), 'a password');
  await layFile(join(checkout, 'tmp/vault/approle-token'), 'an-approle-token');
  await layFile(join(folder, 'home/.keep'), '');
  // Copying takes long enough that a test can come in between.
  const slow = '#!/bin/sh\ncase "$*" in *"/spool/vault.tar --exclude"*) sleep 1 ;; esac\nexec /usr/bin/docker "$@"\n';
  await layFile(join(folder, 'bin/docker'), slow);
  await chmod(join(folder, 'bin/docker'), 0o755);
  const remote = opened.use(
    openLocal({
      PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
      HOME: join(folder, 'home'),
      DOCKER_HOST: dockerd.host,
    }),
  );

  await dockerd.docker('network', 'create', `${project}_default`);
  const ids = new Map<string, string>();
  for (const service of services)
    ids.set(service, await dockerd.docker(...creation(project, service, image, checkout)));
  const idOf = (service: ServiceName): string => ids.get(service) ?? '';
  const write = async (service: ServiceName, path: string, text: string): Promise<void> => {
    const script = 'mkdir -p "$(dirname "$1")" && cat > "$1"';
    await remote.run(['docker', 'exec', '-i', idOf(service), 'sh', '-c', script, 'sh', path], { input: text });
  };
  const configure = ['--rm', '--network=none', `--volumes-from=${idOf('vault')}`, '--entrypoint=sh', image];
  const script = 'mkdir -p /vault/data /vault/config && echo "$1" > /vault/config/vault.json';
  await dockerd.docker('run', ...configure, '-c', script, 'sh', configuration);
  for (const service of services) await dockerd.docker('start', idOf(service));

  await using sealed = openVaultApi(remote, idOf('vault'));
  await until('Vault', async () => (await sealed.ask('Wait', 'GET', 'sys/seal-status')).status === 200);
  const shares = { secret_shares: 5, secret_threshold: 3 };
  const { body } = await sealed.ask('Initialise', 'PUT', 'sys/init', { body: shares });
  const root = String(body.root_token);
  const keysText = writtenKeys({ unseal: body.keys_base64 as string[], root });
  await write('vault', '/vault/config/keys.txt', keysText);
  await layFile(join(checkout, 'tmp/vault/keys.txt'), keysText);
  await unseal(sealed, parseVaultKeys(keysText));

  const vault: OwnSite['vault'] = async (method, path, asked) => {
    await using connection = openVaultApi(remote, idOf('vault'));
    const accept = [400, 404, 500, 503];
    const options = asked === undefined ? { accept } : { accept, body: asked as Json };
    return await connection.as(root).ask('Ask', method === 'POST' ? 'PUT' : method, path, options);
  };
  await fillVault(async (method, path, asked) => {
    const answer = await vault(method, path, asked);
    if (answer.status >= 300) throw new Error(`Vault answered ${path} with ${answer.status}`);
    return answer.body;
  }, write);
  const psql: OwnSite['psql'] = async (database, sql) => {
    const command = [
      'docker',
      'exec',
      '-i',
      idOf('postgres-db'),
      'psql',
      '-X',
      '-q',
      '-A',
      '-t',
      '-U',
      'admin',
    ] as const;
    return (await remote.run([...command, '-d', database, '-v', 'ON_ERROR_STOP=1', '-f', '-'], { input: sql })).trim();
  };
  await until('PostgreSQL', async () => (await psql('clinical', 'SELECT 1')) === '1');
  await psql('postgres', 'CREATE DATABASE genomic');

  const sealing = generateIdentity('x25519');
  const signing = generateSigningKey();
  await mkdir(join(folder, 'store'));
  const store = await openDirectory(join(folder, 'store'));
  const site = parseSite('own-site');
  const context: Context = { log: silentLog, signal: new AbortController().signal, now: () => new Date() };
  const common = { site, stores: [store], databases: [], include: ['databases', 'vault'] } as const;
  const held = opened.move();
  return {
    project,
    dockerd,
    remote,
    context,
    idOf,
    inspect: async (format, service) => await dockerd.docker('inspect', `--format=${format}`, idOf(service)),
    psql,
    vault,
    isUnsealed: async () => {
      await dockerd.docker('exec', '--env=VAULT_ADDR=http://127.0.0.1:8200', idOf('vault'), 'vault', 'status');
      return true;
    },
    logIn: async (role) => await dockerd.docker('exec', idOf(role), 'bash', '-c', logInScript, 'bash', role),
    backUp: async () => {
      await backup(
        {
          ...common,
          host: { remote, project },
          recipients: parseRecipients([sealing.recipient]),
          vaultKeysRecipients: undefined,
          signingKey: readSigningKey(signing.secret),
        },
        context,
      );
    },
    restore: async (through, request) => {
      await restore(
        {
          ...common,
          ...{ host: { remote: through, project }, backup: 'latest', services: [], confirm: site },
          ...{ publicKey: parsePublicKey(signing.public), identities: parseIdentities(sealing.identity) },
          ...{ authorizationStores: [], acceptSchemaChange: true, allowedExtensions: new Set() },
          ...request,
        },
        context,
      );
    },
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}

async function layFile(path: string, text: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, text);
}

/** Gives an image that has both PostgreSQL and Vault, which is sooner taken over than one of each. */
async function takeOverImages(dockerd: OwnDockerd, folder: string): Promise<string> {
  const { postgres } = await ensureImages(15);
  await dockerd.load(postgres);
  const copy = ['--rm', '--network=none', '--entrypoint=cp', `--volume=${folder}:/out`];
  await docker(['run', ...copy, await ensureVault(), '/bin/vault', '/out/vault']);
  const made = await dockerd.docker('create', '--network=none', postgres);
  await dockerd.docker('cp', join(folder, 'vault'), `${made}:/bin/vault`);
  await dockerd.docker('commit', made, 'own-site');
  await dockerd.docker('rm', '--volumes', made);
  return 'own-site';
}

function creation(project: string, service: ServiceName, image: string, checkout: string): string[] {
  const labels = { project, service };
  const bind = (source: string, target: string) => `--volume=${join(checkout, 'tmp', source)}:${target}:ro`;
  const own = (): string[] => {
    switch (service) {
      case 'postgres-db': {
        const env = { USER: 'admin', DB: 'clinical', PASSWORD_FILE: databasePassword };
        const flags = Object.entries(env).map(([name, value]) => `--env=POSTGRES_${name}=${value}`);
        return [...flags, bind('postgres/db-secret', databasePassword), image];
      }
      case 'vault':
        return ['--volume=/vault', '--entrypoint=vault', image, 'server', '-config=/vault/config/vault.json'];
      case 'fluentd':
        return ['--stop-signal=KILL', '--entrypoint=sleep', image, '100000'];
      default: {
        const secrets = [bind('postgres/db-secret', databasePassword), bind('vault/approle-token', approleToken)];
        return ['--stop-signal=KILL', ...secrets, '--entrypoint=sleep', image, '100000'];
      }
    }
  };
  return [
    ...['create', `--network=${project}_default`, `--network-alias=${service}`, `--name=${project}_${service}_1`],
    ...Object.entries(labels).map(([name, value]) => `--label=com.docker.compose.${name}=${value}`),
    ...own(),
  ];
}

/** As CanDIG sets its Vault up: a role and a store for each service, and what a site that is used keeps there. */
async function fillVault(
  ask: (method: VaultMethod, path: string, body?: unknown) => Promise<unknown>,
  write: (service: ServiceName, path: string, text: string) => Promise<void>,
): Promise<void> {
  await ask('POST', 'sys/auth/approle', { type: 'approle' });
  await ask('PUT', 'sys/policies/acl/approle', { policy: approlePolicy });
  await ask('POST', 'auth/token/roles/approle', {});
  await ask('POST', 'auth/token/create/approle', { id: 'an-approle-token', policies: ['approle'], periodic: '24h' });
  await ask('POST', 'sys/mounts/keycloak', { type: 'kv' });
  for (const role of rolesInVault) {
    await ask('PUT', `sys/policies/acl/${role}`, { policy: policyOf(role) });
    await ask('POST', `auth/approle/role/${role}`, { token_policies: [role] });
    await ask('POST', `sys/mounts/${role}`, { type: 'kv' });
    const { data } = (await ask('GET', `auth/approle/role/${role}/role-id`)) as { data: { role_id: string } };
    await write(role, '/home/candig/roleid', data.role_id);
  }
  const entries = [...basicEntries('a client secret'), ...siteEntries({ users: 5, programs: ['A', 'B'] })];
  for (const [path, value] of entries) await ask('PUT', path, value);
}

/** With the approle token a service asks for a secret id, and with that and its role id it logs in. */
const logInScript = [
  'post() {',
  '  exec 3<> /dev/tcp/vault/8200',
  '  printf \'POST /v1/%s HTTP/1.0\\r\\nX-Vault-Token: %s\\r\\nContent-Length: %s\\r\\n\\r\\n%s\' "$1" "$2" "$(printf %s "$3" | wc -c)" "$3" >&3',
  '  cat <&3',
  '}',
  `secret=$(post "auth/approle/role/$1/secret-id" "$(cat ${approleToken})" '' | sed -n 's/.*"secret_id":"\\([^"]*\\)".*/\\1/p')`,
  'post auth/approle/login "" "{\\"role_id\\":\\"$(cat /home/candig/roleid)\\",\\"secret_id\\":\\"$secret\\"}" | head -n 1',
].join('\n');
