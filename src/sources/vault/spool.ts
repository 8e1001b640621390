import { BackupError, isBackupError } from '../../errors.ts';
import { type CallOptions, CommandError } from '../../remote/remote.ts';
import type { Container } from '../../stack/container.ts';
import { dockerExec, translateDockerError } from '../../stack/docker.ts';
import { clearJournal, type Named, writeJournal } from '../../stack/journal.ts';
import { ownLabels } from '../../stack/own-containers.ts';
import { runningOf } from '../../stack/services.ts';
import { runDocker } from '../../stack/stack.ts';
import { copyFrozen, givenUpMs, longestFreezeMs, thaw } from './freeze.ts';
import { type Measured, measure, timeReading } from './measure.ts';
import type { VaultSite } from './vault-site.ts';

export interface Spooled extends Omit<Measured, 'freeBytes'> {
  /** Where the copy lies: a container of ours, which takes it along when it is removed. */
  readonly containerId: string;
  /** How long Vault was frozen; null if it was not, because it did not run. */
  readonly frozenMs: number | null;
}

const spoolFile = '/spool/vault.tar';
/** A copy of ours that nobody reads any more goes by itself after this. */
const longestRunS = 12 * 3600;

const copy = ['tar', '-c', '-f', spoolFile, '--exclude=*.temp', '-C', '/vault', 'data'] as const;

/**
 * Copies Vault's storage as of one instant into a container of ours on the host. A running Vault is frozen for that, and
 * thawed again whatever happens; one that does not run is copied as it lies. The journal tells of it until `removeSpool`.
 * Nothing of a failed copy is left. `isUnsealed`: so it is to be again, should Docker itself take it down meanwhile.
 */
export async function spoolVault(
  site: VaultSite,
  vault: Container,
  isUnsealed: boolean,
  options: CallOptions,
): Promise<Spooled> {
  const { fenced, project, runId, stack } = site;
  const named: Named = { id: vault.id, name: vault.name };
  const journal = {
    ...{ run: runId, operation: 'backup', running: runningOf(stack), services: [], databases: [] },
    frozen: vault.state === 'running' ? named : undefined,
    vault: isUnsealed ? named : undefined,
  };
  await writeJournal(fenced, project, journal, options);
  let containerId: string | undefined;
  try {
    containerId = await createSpool(site, vault, options);
    const { freeBytes, ...measured } = await measure(site, containerId, options);
    if (freeBytes < 2 * measured.sizeBytes) {
      throw new BackupError(
        'disk-full',
        `A copy of Vault needs ${2 * measured.sizeBytes} bytes on the host; ${freeBytes} are free`,
        {
          hint: 'Free space where Docker keeps its volumes; nothing was frozen',
        },
      );
    }
    if (vault.state !== 'running') {
      await copyAtRest(site, containerId, options);
      return { containerId, ...measured, frozenMs: null };
    }
    const readMs = await timeReading(site, containerId, options);
    if (readMs > longestFreezeMs) {
      throw new BackupError(
        'dump-failed',
        `Vault would stand still for more than ${longestFreezeMs / 1000} s while it is copied`,
        {
          hint: 'Nothing was frozen. Copy its storage by other means, such as a snapshot of the disk',
        },
      );
    }
    return {
      containerId,
      ...measured,
      frozenMs: await copyFrozen(site, vault, dockerExec(containerId, copy), options),
    };
  } catch (error) {
    await removeSpool(site, vault, containerId, options);
    throw error;
  }
}

/** The copy, as a tar of `data/`. Ends only if all of it came. */
export function readSpool({ remote }: VaultSite, containerId: string, options: CallOptions) {
  return remote.read(dockerExec(containerId, ['cat', spoolFile]), options);
}

/**
 * Removes the copy from the host, and with it what the journal says of it, if Vault is as it was found. If it is not, or
 * nobody can tell, that is left to the guard on the host and to the next run; so it is once the lock is lost.
 */
export async function removeSpool(
  site: VaultSite,
  vault: Container,
  containerId: string | undefined,
  { signal }: CallOptions,
): Promise<void> {
  const { fenced, project } = site;
  // Somebody who wants us to stop does not wait for a host that gives no answer.
  const options = signal?.aborted ? { timeoutMs: givenUpMs } : {};
  try {
    if (containerId !== undefined) {
      await runDocker(fenced, 'Remove the copy of Vault', ['rm', '--force', '--volumes', containerId], options);
    }
    if (vault.state !== 'running' || (await thaw(site, vault, options)) === 'running') {
      await clearJournal(fenced, project, options);
    }
  } catch (error) {
    if (!isBackupError(error)) throw error;
  }
}

async function createSpool(
  { fenced, project, runId }: VaultSite,
  vault: Container,
  { signal }: CallOptions,
): Promise<string> {
  const caps = ['--cap-drop=ALL', '--cap-add=DAC_READ_SEARCH', '--cap-add=DAC_OVERRIDE'];
  const args = [
    ...['run', '--detach', '--rm', '--network=none', '--log-driver=none', '--pull=never', '--user=0', ...caps],
    // Read only; the copy lies in a volume of its own, never in Vault's: a full one would stop it.
    ...[`--volumes-from=${vault.id}:ro`, '--volume=/spool', ...ownLabels(project, runId)],
    ...['--entrypoint=sleep', vault.image, String(longestRunS)],
  ];
  signal?.throwIfAborted();
  // Not to be called off on the way: Docker makes the container all the same, and nobody would know which.
  const started = await runDocker(fenced, 'Prepare the copy of Vault', args, { timeoutMs: 60_000 }).catch(
    (error: unknown) => {
      if (!(error instanceof CommandError)) throw error;
      const message = 'Prepare the copy of Vault: the container for it could not be started';
      throw new BackupError('dump-failed', message, { hint: `Its image is ${vault.image}`, cause: error });
    },
  );
  return started.trim();
}

/** Of a Vault that does not run. */
async function copyAtRest({ fenced }: VaultSite, containerId: string, options: CallOptions): Promise<void> {
  await fenced.run(dockerExec(containerId, copy), { timeoutMs: 600_000, ...options }).catch((error: unknown) => {
    const told = translateDockerError(error, 'Copy Vault', fenced.name);
    if (!(told instanceof CommandError)) throw told;
    throw new BackupError('dump-failed', 'The storage of Vault could not be copied', { cause: error });
  });
}
