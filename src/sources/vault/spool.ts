import { BackupError, isBackupError } from '../../errors.ts';
import { type CallOptions, CommandError, type Remote } from '../../remote/remote.ts';
import type { Container } from '../../stack/container.ts';
import { dockerExec, translateDockerError } from '../../stack/docker.ts';
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
}

export interface Spooled extends Omit<Measured, 'freeBytes'> {
  /** Where the copy lies: a container of ours, which takes it along when it is removed. */
  readonly containerId: string;
  /** How long Vault was frozen; null if it was not, because it did not run. */
  readonly frozenMs: number | null;
}

/** Longer than this nobody's request may wait; also the longest a copy may take before it is broken off. */
export const longestFreezeMs = 5_000;
/** How long a run that is to stop waits for the host, each time. The guard there does what it then leaves. */
const givenUpMs = 1_500;
const spoolFile = '/spool/vault.tar';
/** A copy of ours that nobody reads any more goes by itself after this. */
const longestRunS = 12 * 3600;

/** Milliseconds since the machine started. Not every `date` has parts of a second, and a clock may be put right meanwhile. */
const now = `now() { echo "$(cut -d ' ' -f 1 /proc/uptime | tr -d .)0"; }`;

const measureScript = [
  'cd /vault; [ -d data ] || exit 66',
  now,
  // A tar has up to a kilobyte more for each file than is in it.
  `find data -type f -exec stat -c %s {} + | awk '{ sum += $1 + 1024 } END { printf "%.0f ", sum + 10240 }'`,
  `df -P -k /spool | awk 'NR == 2 { printf "%.0f ", $4 * 1024 }'`,
  'files=$(find data -type f | wc -l); empty=$(find data -type f -size 0 | wc -l); temporary=$(find data -type f -name "*.temp" | wc -l)',
  'echo "$files $empty $temporary"',
].join('\n');

/** Reading it warms the cache, and then tells how long the copy will take. What takes this long is not read to its end. */
const readScript = [
  'cd /vault',
  now,
  'read_all() { from=$(now); timeout "$1" tar -c -f - data 2> /dev/null | wc -c > /dev/null; echo "$(($(now) - from))"; }',
  'first=$(read_all 60)',
  '[ "$first" -gt "$1" ] && [ "$first" -lt 60000 ] && first=$(read_all 20)',
  'echo "$first"',
].join('\n');

const copy = ['tar', '-c', '-f', spoolFile, '--exclude=*.temp', '-C', '/vault', 'data'] as const;

const notFrozen = 91;
const notThawed = 92;
const notCopied = 93;

/**
 * Freezes Vault, copies, thaws; says nothing until that is done, so that no slow reader can keep it frozen. A trap thaws
 * whatever ends this shell but SIGKILL; after that the guard does, or whoever called.
 */
const freezeScript = [
  'vault=$1; shift',
  now,
  'trap "timeout 10 docker unpause $vault > /dev/null 2>&1" EXIT; trap "exit 143" HUP INT TERM PIPE',
  // On a busy machine the kernel may refuse a first time; a Docker that hangs is not asked again.
  'tries=0',
  'while from=$(now); ! timeout 10 docker pause "$vault" > /dev/null 2>&1; do',
  `  tries=$((tries + 1)); [ "$tries" -lt 3 ] && [ "$(($(now) - from))" -lt 9000 ] || exit ${notFrozen}`,
  '  sleep 0.3',
  'done',
  'timeout -k 1 "$@" > /dev/null 2>&1; copied=$?',
  `timeout 10 docker unpause "$vault" > /dev/null 2>&1 || exit ${notThawed}`,
  'trap - EXIT; to=$(now)',
  `[ "$copied" -eq 0 ] || exit ${notCopied}`,
  'echo "$((to - from))"',
].join('\n');

/** Thaws Vault if it is frozen, and says what state it is in then. */
const thawScript = [
  'look() { docker inspect --type container --format "{{.State.Status}}" "$1"; }',
  'at=$(look "$1") || exit; tries=0',
  'while [ "$at" = paused ] && [ "$tries" -lt 3 ]; do',
  '  timeout 10 docker unpause "$1" > /dev/null 2>&1 || sleep 1',
  '  at=$(look "$1") || exit; tries=$((tries + 1))',
  'done',
  'echo "$at"',
].join('\n');

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
    return { containerId, ...measured, frozenMs: await copyFrozen(site, vault, containerId, options) };
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

async function measure({ fenced }: VaultSite, containerId: string, options: CallOptions): Promise<Measured> {
  const command = dockerExec(containerId, ['timeout', '300', 'sh', '-c', measureScript]);
  const text = await fenced.run(command, { timeoutMs: 330_000, ...options }).catch((error: unknown) => {
    throw translateDockerError(error, 'Measure Vault’s storage', fenced.name);
  });
  const [sizeBytes, freeBytes, files, emptyFiles, temporaryFiles] = text.trim().split(' ').map(Number);
  const all = { sizeBytes, freeBytes, files, emptyFiles, temporaryFiles };
  if (Object.values(all).every((value) => Number.isSafeInteger(value))) return all as Measured;
  throw new BackupError('dump-failed', 'Vault’s storage cannot be measured');
}

/** How long reading all of it takes with nothing frozen, in milliseconds. */
async function timeReading({ fenced }: VaultSite, containerId: string, options: CallOptions): Promise<number> {
  const command = dockerExec(containerId, ['sh', '-c', readScript, 'sh', String(longestFreezeMs)]);
  const text = await fenced.run(command, { timeoutMs: 120_000, ...options }).catch((error: unknown) => {
    throw translateDockerError(error, 'Read Vault’s storage', fenced.name);
  });
  return Number(text);
}

/** Of a Vault that does not run. */
async function copyAtRest({ fenced }: VaultSite, containerId: string, options: CallOptions): Promise<void> {
  await fenced.run(dockerExec(containerId, copy), { timeoutMs: 600_000, ...options }).catch((error: unknown) => {
    const told = translateDockerError(error, 'Copy Vault', fenced.name);
    if (!(told instanceof CommandError)) throw told;
    throw new BackupError('dump-failed', 'The storage of Vault could not be copied', { cause: error });
  });
}

/** Gives how long it was frozen. Whatever is thrown, Vault runs again, but for `needs-person` and what is about the host. */
async function copyFrozen(
  site: VaultSite,
  vault: Container,
  containerId: string,
  options: CallOptions,
): Promise<number> {
  const limitS = String(Math.ceil(longestFreezeMs / 1000));
  const command = ['sh', '-c', freezeScript, 'sh', vault.id, limitS, ...dockerExec(containerId, copy)] as const;
  try {
    // Not to be called off at once: it is over in a moment, and then Vault is thawed.
    const text = await site.fenced.run(command, { timeoutMs: 45_000, signal: laterThan(options.signal) });
    return Number(/(\d+)\s*$/.exec(text)?.[1]);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    // Also what a shell that was killed left frozen.
    const state = await thaw(site, vault);
    if (state === 'running') throw freezeError(vault, error);
    throw new BackupError('needs-person', `${vault.name} is ${state} after its storage was to be copied`, {
      hint: 'A guard on the host goes on trying to put it right; look at the container, then run recover',
      cause: error,
    });
  }
}

function freezeError({ name }: Container, error: CommandError): BackupError {
  const { status } = error.exit;
  const what =
    status === notFrozen
      ? `${name} could not be frozen`
      : status === notThawed
        ? `${name} was not thawed at once`
        : status === notCopied
          ? `The storage of ${name} could not be copied while it was frozen`
          : `The copying of ${name} was cut off`;
  return new BackupError('dump-failed', what, {
    hint: 'Vault runs as before; its storage may have grown, or Docker may be busy: run again',
    cause: error,
  });
}

/** Fires a moment after `signal`. */
function laterThan(signal: AbortSignal | undefined): AbortSignal {
  const later = new AbortController();
  const fire = () => setTimeout(() => later.abort(), givenUpMs).unref();
  if (signal?.aborted) fire();
  signal?.addEventListener('abort', fire, { once: true });
  return later.signal;
}

async function thaw({ fenced }: VaultSite, vault: Container, options: CallOptions = {}): Promise<string> {
  const command = ['sh', '-c', thawScript, 'sh', vault.id] as const;
  const state = await fenced.run(command, { timeoutMs: 60_000, ...options }).catch((error: unknown) => {
    throw translateDockerError(error, 'Look whether Vault runs', fenced.name);
  });
  return state.trim();
}
