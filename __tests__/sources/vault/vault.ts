import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { openLocal } from '../../../src/remote/local.ts';
import type { Remote } from '../../../src/remote/remote.ts';
import { openVaultApi, type VaultApi, type VaultConnection } from '../../../src/sources/vault/api.ts';
import type { Json } from '../../../src/sources/vault/exact-json.ts';
import { parseVaultKeys, unseal, type VaultKeys } from '../../../src/sources/vault/keys.ts';
import { docker } from '../../stack/run.ts';
import { until } from '../../stack/until.ts';
import { ensureVault } from '../../stack/vault-image.ts';

/** A real Vault in a container of its own, as CanDIG's: file storage at `/vault/data`, its keys beside it. */
export interface TestVault extends AsyncDisposable {
  readonly project: string;
  /** Full id. */
  readonly container: string;
  readonly image: string;
  readonly remote: Remote;
  readonly keysText: string;
  readonly keys: VaultKeys;
  readonly connection: VaultConnection;
  /** With the root token. */
  readonly api: VaultApi;
  put(path: string, data: Json): Promise<void>;
  get(path: string): Promise<Json | undefined>;
  /** Runs a command as root in the container. */
  exec(...command: string[]): Promise<string>;
  /** A tar of `data/`, made while Vault is frozen, as a backup has it. */
  tarOfData(): Promise<Buffer>;
}

const config = JSON.stringify({
  storage: { file: { path: '/vault/data' } },
  listener: { tcp: { address: '0.0.0.0:8200', tls_disable: true } },
  disable_mlock: true,
  ui: true,
});

const run = ['run', '--rm', '--network', 'none'];

/** `volume`: its `/vault`, as `docker create` takes it. Removing it removes its volumes, but for a named one. */
export async function startVault(volume = '/vault'): Promise<TestVault> {
  const project = `cbv${randomBytes(4).toString('hex')}`;
  const label = (name: string, value: string) => ['--label', `com.docker.compose.${name}=${value}`];
  const image = await ensureVault();
  const container = await docker([
    ...['create', '--name', `${project}_vault_1`, '--volume', volume, '--cap-add', 'IPC_LOCK'],
    ...[...label('project', project), ...label('service', 'vault')],
    ...[image, 'vault', 'server', '-config=/vault/config/vault-config.json'],
  ]);
  const remote = openLocal();
  const connection = openVaultApi(remote, container);
  const remove = async (): Promise<void> => {
    await connection[Symbol.asyncDispose]();
    await remote[Symbol.asyncDispose]();
    await docker(['rm', '--force', '--volumes', container]);
  };
  try {
    const script =
      'mkdir -p /vault/data /vault/config && chmod 777 /vault/data && cat > /vault/config/vault-config.json';
    const setUp = ['--interactive', '--volumes-from', container, '--entrypoint', 'sh', image, '-c', script];
    await docker([...run, ...setUp], { input: config });
    await docker(['start', container]);
    await until('vault', async () => {
      await connection.ask('Wait', 'GET', 'sys/seal-status');
      return true;
    });
    const { body } = await connection.ask('Initialise', 'PUT', 'sys/init', {
      body: { secret_shares: 5, secret_threshold: 3 },
    });
    const keysText = `keys: \n${(body.keys_base64 as string[]).join('\n')}\nroot: \n${String(body.root_token)}\n`;
    const keys = parseVaultKeys(keysText);
    await docker(['exec', '-i', container, 'sh', '-c', 'cat > /vault/config/keys.txt'], { input: keysText });
    await unseal(connection, keys);
    const api = connection.as(keys.rootToken);
    const exec = async (...command: string[]) => await docker(['exec', container, ...command]);
    return {
      project,
      container,
      image,
      remote,
      keysText,
      keys,
      connection,
      api,
      exec,
      put: async (path, data) => void (await api.ask('Put', 'PUT', path, { body: data })),
      get: async (path) => {
        const { status, body: found } = await api.ask('Get', 'GET', path, { accept: [404] });
        return status === 404 ? undefined : found.data;
      },
      tarOfData: async () => await tarOfVault(container, image),
      [Symbol.asyncDispose]: remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** A tar of the `data/` of a Vault, made while it is frozen, as a backup has it. */
export async function tarOfVault(container: string, image: string): Promise<Buffer> {
  await docker(['pause', container]);
  try {
    const tar = ['-C', '/vault', '-cf', '-', 'data'];
    return await outputOf('docker', [
      ...run,
      '--volumes-from',
      `${container}:ro`,
      '--entrypoint',
      'tar',
      image,
      ...tar,
    ]);
  } finally {
    await docker(['unpause', container]);
  }
}

async function outputOf(program: string, args: readonly string[]): Promise<Buffer> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => void child.once('close', resolve));
  const bytes = await buffer(child.stdout);
  if ((await ended) !== 0) throw new Error(`${program} failed`);
  return bytes;
}
