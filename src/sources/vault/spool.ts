import { BackupError, isBackupError } from '../../errors.ts';
import type { CallOptions, Remote } from '../../remote/remote.ts';
import type { Container } from '../../stack/container.ts';
import { dockerExec, translateDockerError } from '../../stack/docker.ts';
import { putRight } from '../../stack/guard.ts';
import { clearJournal, type Named, writeJournal } from '../../stack/journal.ts';
import type { Runner } from '../../stack/lock.ts';
import { ownLabels } from '../../stack/own-containers.ts';
import { runningOf } from '../../stack/services.ts';
import { runDocker, type Stack } from '../../stack/stack.ts';

/** A site whose Vault is copied, and the run that does it. */
export interface VaultSite {
  readonly remote: Remote;
  /** Where commands that change the host run: only as long as the lock is ours. */
  readonly fenced: Runner;
  readonly project: string;
  readonly runId: string;
  readonly stack: Stack;
}

/** What lies in the storage folder, before the copy. */
interface Measured {
  readonly sizeBytes: number;
  readonly freeBytes: number;
  readonly files: number;
  /** Files without content, which Vault takes for absent: a crash left them. */
  readonly emptyFiles: number;
  /** Half-written files, which are left out. */
  readonly temporaryFiles: number;
  /** How long reading all of it took just now, with nothing frozen. */
  readonly readMs: number;
}

export interface Spooled extends Omit<Measured, 'freeBytes' | 'readMs'> {
  /** Where the copy lies: a container of ours, which takes it along when it is removed. */
  readonly containerId: string;
  /** How long Vault was frozen; null if it was not, because it did not run. */
  readonly frozenMs: number | null;
}

/** Longer than this nobody's request may wait; also the longest a copy may take before it is broken off. */
export const longestFreezeMs = 5_000;
const spoolFile = '/spool/vault.tar';
/** A copy of ours that nobody reads any more goes by itself after this. */
const longestRunS = 12 * 3600;

const measureScript = [
  'cd /vault; [ -d data ] || exit 66',
  // Reading it warms the cache, and tells how long the copy will take.
  'from=$(date +%s%3N); bytes=$(tar -c -f - data 2> /dev/null | wc -c); to=$(date +%s%3N)',
  'case $from$to in *[!0-9]*) from=0; to=0 ;; esac',
  'files=$(find data -type f | wc -l); empty=$(find data -type f -size 0 | wc -l); temporary=$(find data -type f -name "*.temp" | wc -l)',
  `free=$(df -P -k /spool | awk 'NR == 2 { print $4 }')`,
  'echo "$bytes $((free * 1024)) $files $empty $temporary $((to - from))"',
].join('\n');

const copy = ['tar', '-c', '-f', spoolFile, '--exclude=*.temp', '-C', '/vault', 'data'] as const;

/**
 * Freezes Vault, copies, thaws; says nothing until that is done, so that no slow reader can keep it frozen. A trap thaws
 * whatever ends this shell but SIGKILL; after that the guard does, or whoever called.
 */
const freezeScript = [
  'vault=$1; shift',
  'trap "docker unpause $vault > /dev/null 2>&1" EXIT; trap "exit 143" HUP INT TERM PIPE',
  'from=$(date +%s%3N)',
  'timeout 10 docker pause "$vault" > /dev/null 2>&1 || exit 91',
  'timeout -k 1 "$@" > /dev/null 2>&1; copied=$?',
  'docker unpause "$vault" > /dev/null 2>&1 || exit 92',
  'trap - EXIT; to=$(date +%s%3N)',
  '[ "$copied" -eq 0 ] || exit 93',
  'echo "$((to - from))"',
].join('\n');

/**
 * Copies Vault's storage as of one instant into a container of ours on the host. A running Vault is frozen for that, and
 * thawed again whatever happens; one that does not run is copied as it lies. Nothing of a failed copy is left.
 */
export async function spoolVault(site: VaultSite, vault: Container, options: CallOptions): Promise<Spooled> {
  const containerId = await createSpool(site, vault, options);
  try {
    const { readMs, freeBytes, ...measured } = await measure(site, containerId, options);
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
      await site.fenced.run(dockerExec(containerId, copy), { timeoutMs: 600_000, ...options }).catch(refuse(site));
      return { containerId, ...measured, frozenMs: null };
    }
    if (readMs > longestFreezeMs) {
      throw new BackupError(
        'dump-failed',
        `Vault would stand still for ${(readMs / 1000).toFixed(0)} s while it is copied`,
        {
          hint: `At most ${longestFreezeMs / 1000} s are taken; nothing was frozen. Copy its storage by other means, such as a snapshot of the disk`,
        },
      );
    }
    return { containerId, ...measured, frozenMs: await copyFrozen(site, vault, containerId, options) };
  } catch (error) {
    await removeSpool(site, containerId);
    throw error;
  }
}

/** The copy, as a tar of `data/`. Ends only if all of it came. */
export function readSpool({ remote }: VaultSite, containerId: string, options: CallOptions) {
  return remote.read(dockerExec(containerId, ['cat', spoolFile]), options);
}

/** Removes the copy from the host; once the lock is lost that is left to whoever has it. */
export async function removeSpool({ fenced }: VaultSite, containerId: string): Promise<void> {
  await runDocker(fenced, 'Remove the copy of Vault', ['rm', '--force', '--volumes', containerId]).catch(
    (error: unknown) => {
      if (!isBackupError(error)) throw error;
    },
  );
}

async function createSpool(
  { fenced, project, runId }: VaultSite,
  vault: Container,
  options: CallOptions,
): Promise<string> {
  const caps = ['--cap-drop=ALL', '--cap-add=DAC_READ_SEARCH', '--cap-add=DAC_OVERRIDE'];
  const started = await runDocker(
    fenced,
    'Prepare the copy of Vault',
    [
      ...['run', '--detach', '--rm', '--network=none', '--log-driver=none', '--pull=never', '--user=0', ...caps],
      // Read only; the copy lies in a volume of its own, never in Vault's: a full one would stop it.
      ...[`--volumes-from=${vault.id}:ro`, '--volume=/spool', ...ownLabels(project, runId)],
      ...['--entrypoint=sleep', vault.image, String(longestRunS)],
    ],
    { ...options, timeoutMs: 60_000 },
  );
  return started.trim();
}

async function measure({ fenced }: VaultSite, containerId: string, options: CallOptions): Promise<Measured> {
  const command = dockerExec(containerId, ['timeout', '300', 'sh', '-c', measureScript]);
  const text = await fenced.run(command, { timeoutMs: 330_000, ...options }).catch((error: unknown) => {
    throw translateDockerError(error, 'Measure Vault’s storage', fenced.name);
  });
  const [sizeBytes, freeBytes, files, emptyFiles, temporaryFiles, readMs] = text.trim().split(' ').map(Number);
  const all = { sizeBytes, freeBytes, files, emptyFiles, temporaryFiles, readMs };
  if (Object.values(all).every((value) => Number.isSafeInteger(value))) return all as Measured;
  throw new BackupError('dump-failed', 'Vault’s storage cannot be measured');
}

async function copyFrozen(
  site: VaultSite,
  vault: Container,
  containerId: string,
  options: CallOptions,
): Promise<number | null> {
  const { fenced, project, runId, stack } = site;
  const named: Named = { id: vault.id, name: vault.name };
  await writeJournal(
    fenced,
    project,
    {
      run: runId,
      operation: 'backup',
      running: runningOf(stack),
      services: [],
      databases: [],
      frozen: named,
      vault: named,
    },
    options,
  );
  try {
    const limit = String(Math.ceil(longestFreezeMs / 1000));
    const command = ['sh', '-c', freezeScript, 'sh', vault.id, limit, ...dockerExec(containerId, copy)] as const;
    // Not to be called off: it is over in a moment, and then Vault is thawed.
    const text = await fenced.run(command, { timeoutMs: 30_000 }).catch(refuse(site));
    const frozenMs = Number(text.trim());
    return Number.isSafeInteger(frozenMs) ? frozenMs : null;
  } catch (error) {
    // Also what a shell that was killed left frozen. If even that fails, the guard and the next run come.
    const { outcome } = await putRight(fenced, project);
    if (outcome !== 'right')
      throw new BackupError('needs-person', `${vault.name} could not be thawed`, { cause: error });
    throw error;
  } finally {
    await clearJournal(fenced, project).catch(() => {});
  }
}

function refuse({ remote }: VaultSite): (error: unknown) => never {
  return (error: unknown) => {
    const told = translateDockerError(error, 'Copy Vault', remote.name);
    if (!isBackupError(told, 'command-failed')) throw told;
    throw new BackupError('dump-failed', 'Copy Vault: its storage could not be copied while it was frozen', {
      hint: 'Vault was thawed at once; its storage may have grown, or Docker may be busy: run again',
      cause: error,
    });
  };
}
