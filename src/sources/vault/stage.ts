import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BackupError, isBackupError } from '../../errors.ts';
import { type CallOptions, CommandError, type Remote } from '../../remote/remote.ts';
import { dockerExec, translateDockerError } from '../../stack/docker.ts';
import type { Runner } from '../../stack/lock.ts';
import { ownLabels } from '../../stack/own-containers.ts';
import { runDocker } from '../../stack/stack.ts';
import { openVaultApi, type VaultApi } from './api.ts';
import { isRootOf, unseal, type VaultKeys } from './keys.ts';
import { noSpace, readFree } from './volume-scripts.ts';
import { waitUntilAnswers } from './wait.ts';

/** A Vault out of a backup. */
export interface VaultToStage {
  readonly keys: VaultKeys;
  /** What its files take, about. */
  readonly sizeBytes: number;
  /** A tar of Vault's folder, as `data/` or what is in it, from the start, each time it is called: checked, and an error if it is not whole. */
  open(): Promise<Readable>;
}

export interface VaultStaging {
  /** Where commands that change the host run. */
  readonly host: Runner;
  readonly project: string;
  readonly runId: string;
  /** An image that is on the host, by name or id: the living Vault's own. */
  readonly image: string;
  readonly signal: AbortSignal;
}

/**
 * The backup's Vault, unsealed, in a container of its own: no network, a `/vault` of its own, which goes with it.
 * Disposing of it removes both.
 */
export interface StagedVault extends AsyncDisposable {
  readonly containerId: string;
  /** With the rights of its root token. */
  readonly api: VaultApi;
  /** How many files were left out: half-written or empty ones, as a Vault that died leaves them. */
  readonly leftOut: number;
  /** Owner of the files in the backup, `uid:gid`. */
  readonly owner: string;
  /** Docker's name of the volume that is its `/vault`. */
  readonly volume: string;
  /** Seals it and stops the container, so that its files are at rest. */
  rest(): Promise<void>;
}

const startWithinMs = 60_000;

/** Read in minutes; unsealed for no longer than this, should nobody be left who removes it. */
const longestRunS = 3600;
/** What is to stay free beside it. */
const reserveBytes = 64 * 1024 * 1024;

// Vault writes its audit log where the backup says: below /vault, which is this container's own.
const configuration = JSON.stringify({
  storage: { file: { path: '/vault/data' } },
  listener: { tcp: { address: '127.0.0.1:8200', tls_disable: true } },
  disable_mlock: true,
});
const waitForData = `until [ -e /vault/staged.json ]; do sleep 0.1; done; exec timeout ${longestRunS} vault server -config=/vault/staged.json`;
const unpack = [
  'set -eu; cd /vault; rm -rf unpacked data; mkdir unpacked',
  // The living Vault may have its files on the same disk, and answers nothing once that is full.
  readFree,
  `[ "$free" -gt "$2" ] || { cat > /dev/null; exit ${noSpace}; }`,
  'tar -x -f - -C unpacked',
  // tar goes by the mark of an end; what counts is that all of it came.
  'cat > /dev/null',
  'from=unpacked; [ ! -d unpacked/data ] || from=unpacked/data; [ -d "$from/core" ]',
  'stat -c %u:%g "$(find "$from/core" -type f | head -n 1)"',
  // The file backend takes an empty file for none, and writes to *.temp before it renames.
  // Without their names in an argument: files are called after people.
  `find "$from" -type f \\( -name '*.temp' -o -size 0 \\) -print0 -delete | tr '\\n\\000' ' \\n' | sed 's/.*/left/'`,
  'mv "$from" data; rm -rf unpacked',
  'printf %s "$1" > staged.new; mv staged.new staged.json',
].join('\n');

/**
 * Starts the backup's Vault beside the living one, from its storage and with its keys; on failure nothing of it is left.
 * `vault-keys-wrong` if they do not open it, `stage-failed` if it does not start.
 */
export async function stageVault(
  remote: Remote,
  { keys, sizeBytes, open }: VaultToStage,
  { host, project, runId, image, signal }: VaultStaging,
): Promise<StagedVault> {
  const caps = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'IPC_LOCK'].map((name) => `--cap-add=${name}`);
  const created = await runDocker(
    host,
    'Create the staged Vault',
    [
      ...['create', '--network=none', '--log-driver=none', '--pull=never', '--user=0', '--volume=/vault'],
      ...['--cap-drop=ALL', ...caps, ...ownLabels(project, runId)],
      ...['--entrypoint=sh', image, '-c', waitForData],
    ],
    { timeoutMs: 60_000, signal },
  );
  const containerId = created.trim();
  const connection = openVaultApi(remote, containerId, { signal });
  const remove = async (): Promise<void> => {
    await connection[Symbol.asyncDispose]();
    await removeContainer(host, containerId);
  };
  try {
    await runDocker(host, 'Start the staged Vault', ['start', containerId], { signal });
    const unpacking = { neededBytes: 2 * sizeBytes + reserveBytes, signal };
    const [owner = '', ...left] = (await unpackInto(remote, containerId, await open(), unpacking)).trim().split('\n');
    await waitUntilAnswers(connection, startWithinMs).catch((error: unknown) => {
      if (isBackupError(error, 'cancelled')) throw error;
      throw new BackupError('stage-failed', "The backup's Vault does not start", { cause: error });
    });
    await unseal(connection, keys);
    if (!(await isRootOf(connection, keys.rootToken))) {
      throw new BackupError('vault-keys-wrong', "The backup's root token is not known to the backup's Vault");
    }
    const format = '{{range .Mounts}}{{if eq .Destination "/vault"}}{{.Name}}{{end}}{{end}}';
    const volume = await runDocker(remote, 'Inspect the staged Vault', ['inspect', '--format', format, containerId], {
      signal,
    });
    return {
      containerId,
      api: connection.as(keys.rootToken),
      leftOut: left.length,
      owner,
      volume: volume.trim(),
      rest: async () => {
        await connection.as(keys.rootToken).ask('Seal the staged Vault', 'PUT', 'sys/seal');
        await connection[Symbol.asyncDispose]();
        await runDocker(host, 'Stop the staged Vault', ['stop', '--time=2', containerId], { signal });
      },
      [Symbol.asyncDispose]: remove,
    };
  } catch (error) {
    await remove().catch(() => {});
    throw error;
  }
}

async function removeContainer(host: Runner, id: string): Promise<void> {
  await runDocker(host, 'Remove a staged Vault', ['rm', '--force', '--volumes', id], { timeoutMs: 60_000 }).catch(
    (error: unknown) => {
      if (!isBackupError(error, 'service-replaced')) throw error;
    },
  );
}

/** Gives what the script printed: an owner, and a line for each file that was left out. */
async function unpackInto(
  remote: Remote,
  containerId: string,
  tar: Readable,
  { neededBytes, ...options }: CallOptions & { readonly neededBytes: number },
): Promise<string> {
  const script = ['sh', '-c', unpack, 'sh', configuration, String(Math.ceil(neededBytes / 1024))] as const;
  const stream = remote.open(dockerExec(containerId, script, { interactive: true }), options);
  let printed = '';
  stream.on('data', (chunk: Buffer) => {
    printed = (printed + chunk.toString('latin1')).slice(0, 1_000_000);
  });
  try {
    await pipeline(tar, stream);
    await stream.ended;
    return printed;
  } catch (error) {
    const reason = translateDockerError(error, "Unpack the backup's Vault", remote.name);
    if (reason !== error || !(error instanceof CommandError)) throw reason;
    if (error.exit.status === noSpace) {
      throw new BackupError('disk-full', `There are no ${neededBytes} bytes free on the host for the backup's Vault`, {
        hint: 'Make space where Docker keeps its volumes; nothing that lives was changed',
        cause: error,
      });
    }
    throw new BackupError('stage-failed', "The backup's Vault cannot be unpacked", { cause: error });
  }
}
