import { BackupError } from '../../errors.ts';
import { type CallOptions, type Command, CommandError } from '../../remote/remote.ts';
import type { Container } from '../../stack/container.ts';
import { translateDockerError } from '../../stack/docker.ts';
import type { VaultSite } from './vault-site.ts';

/** Longer than this nobody's request may wait; also the longest a copy may take before it is broken off. */
export const longestFreezeMs = 5_000;
/** How long a run that is to stop waits for the host, each time. The guard there does what it then leaves. */
export const givenUpMs = 1_500;

/** Milliseconds since the machine started. Not every `date` has parts of a second, and a clock may be put right meanwhile. */
export const uptimeMs = `now() { echo "$(cut -d ' ' -f 1 /proc/uptime | tr -d .)0"; }`;

const notFrozen = 91;
const notThawed = 92;
const notCopied = 93;

/**
 * Freezes Vault, copies, thaws; says nothing until that is done, so that no slow reader can keep it frozen. A trap thaws
 * whatever ends this shell but SIGKILL; after that the guard does, or whoever called.
 */
const freezeScript = [
  'vault=$1; shift',
  uptimeMs,
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
 * Runs `copy` on the host while Vault is frozen, and gives how long that was, in milliseconds. Whatever is thrown, Vault
 * runs again, but for `needs-person` and what is about the way to the host. The journal must tell of it before.
 */
export async function copyFrozen(
  site: VaultSite,
  vault: Container,
  copy: Command,
  options: CallOptions,
): Promise<number> {
  const limitS = String(Math.ceil(longestFreezeMs / 1000));
  const command = ['sh', '-c', freezeScript, 'sh', vault.id, limitS, ...copy] as const;
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

/** Thaws Vault if it is frozen, and gives the state it is in then, as Docker calls it. */
export async function thaw({ fenced }: VaultSite, vault: Container, options: CallOptions = {}): Promise<string> {
  const command = ['sh', '-c', thawScript, 'sh', vault.id] as const;
  const state = await fenced.run(command, { timeoutMs: 60_000, ...options }).catch((error: unknown) => {
    throw translateDockerError(error, 'Look whether Vault runs', fenced.name);
  });
  return state.trim();
}
