import { dirname } from 'node:path/posix';
import { BackupError, isBackupError } from '../../errors.ts';
import { type CallOptions, CommandError, type Remote } from '../../remote/remote.ts';
import type { Container } from '../../stack/container.ts';
import { dockerExec, translateDockerError } from '../../stack/docker.ts';
import type { Stack } from '../../stack/stack.ts';
import { openVaultApi, openVaultWay, type VaultApi, type VaultApiOptions, type VaultConnection } from './api.ts';
import { bindMount, runInHelper } from './helper.ts';
import { isRootOf, parseVaultKeys, readSealStatus, type VaultKeys } from './keys.ts';

/** The site's running Vault, with the rights that its own keys on the host give. */
export interface LivingVault extends AsyncDisposable {
  readonly keys: VaultKeys;
  readonly connection: VaultConnection;
  /** With the root token. */
  readonly root: VaultApi;
  /**
   * The same by a way of its own that is never opened anew (`openVaultWay`), with `run` on it. Of the signals only
   * `signal` ends it: what puts a site back goes on when everything else was cancelled.
   */
  openWay(run: string, signal?: AbortSignal): Promise<VaultApi & AsyncDisposable>;
}

/** Where Vault's own container keeps its keys. */
export const keysFile = '/vault/config/keys.txt';

/** The folder of the site's checkout that has Vault's files (`tmp/vault`), by what the services mount; undefined if none does. */
export function checkoutFolderOf(stack: Stack): string | undefined {
  const mounts = stack.containers.flatMap((container) => container.mounts);
  const token = mounts.find(({ destination }) => destination === approleTokenFile);
  return token?.source.startsWith('/') ? dirname(token.source) : undefined;
}

/** Where services find the approle token. */
export const approleTokenFile = '/run/secrets/vault-approle-token';

/**
 * Opens the site's Vault with the keys in its volume, or else with those in the checkout. `vault-sealed` if it is sealed,
 * `vault-keys-wrong` if neither are its own.
 */
export async function openLivingVault(
  remote: Remote,
  stack: Stack,
  vault: Container,
  { run, ...options }: VaultApiOptions = {},
): Promise<LivingVault> {
  const connection = openVaultApi(remote, vault.id, { ...options, ...(run === undefined ? {} : { run }) });
  try {
    if ((await readSealStatus(connection)).isSealed) {
      throw new BackupError('vault-sealed', `${vault.name} is sealed`, {
        hint: 'Unseal it with its keys, then run again',
      });
    }
    const sources = [
      async () => await readVolumeKeys(remote, vault, options),
      async () => await readCheckoutKeys(remote, stack, vault, options),
    ];
    for (const read of sources) {
      const keys = await read();
      if (keys !== undefined && (await isRootOf(connection, keys.rootToken))) {
        const { rootToken } = keys;
        return {
          keys,
          connection,
          root: connection.as(rootToken),
          openWay: async (run, signal) => {
            const way = await openVaultWay(remote, vault.id, signal === undefined ? { run } : { run, signal });
            return { ...way.as(rootToken), [Symbol.asyncDispose]: async () => await way[Symbol.asyncDispose]() };
          },
          [Symbol.asyncDispose]: async () => await connection[Symbol.asyncDispose](),
        };
      }
    }
    throw new BackupError('vault-keys-wrong', `The root token of ${vault.name} is not known on the host`, {
      hint: `Its keys.txt belongs at ${keysFile} in the container and in the checkout's tmp/vault`,
    });
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
}

/** The keys in the volume of a running Vault; undefined if there are none that are whole. */
export async function readVolumeKeys(
  remote: Remote,
  vault: Container,
  options: CallOptions = {},
): Promise<VaultKeys | undefined> {
  const command = dockerExec(vault.id, ['cat', keysFile]);
  return await keysOf(remote.run(command, { timeoutMs: 30_000, ...options }), remote.name);
}

async function readCheckoutKeys(
  remote: Remote,
  stack: Stack,
  vault: Container,
  options: CallOptions,
): Promise<VaultKeys | undefined> {
  const folder = checkoutFolderOf(stack);
  if (folder === undefined) return undefined;
  // The user that logs in may not be allowed to read it.
  const helper = {
    image: vault.image,
    project: stack.project,
    volumesFrom: vault.id,
    access: 'ro',
    mounts: [bindMount(folder, '/checkout', 'ro')],
  } as const;
  return await keysOf(runInHelper(remote, "Read Vault's keys", helper, 'cat /checkout/keys.txt', options), remote.name);
}

async function keysOf(reading: Promise<string>, hostName: string): Promise<VaultKeys | undefined> {
  try {
    return parseVaultKeys(await reading);
  } catch (error) {
    if (isBackupError(error, 'vault-keys-wrong')) return undefined;
    // The program ran and found no such file; anything else is about Docker or the host.
    const told = translateDockerError(error, "Read Vault's keys", hostName);
    if (told instanceof CommandError && told.exit.status === 1) return undefined;
    throw told;
  }
}
