import { setTimeout as delay } from 'node:timers/promises';
import { BackupError, isBackupError } from '../errors.ts';
import { commandError } from '../remote/exit-status.ts';
import { type CallOptions, type Command, CommandError, type Remote } from '../remote/remote.ts';

/** How long the host keeps a lock after the last sign of life of whoever holds it. */
const patienceS = 30;
const heartbeatMs = 5_000;
const answerWithinMs = 30_000;
/** How long a changing command waits for one that a dead run left under way. */
const workPatienceS = 100;

/** Where we keep what must stay on the host between runs: the lock and the journal. Of the user that logs in. */
export const stateFolder = '"$HOME/.candig-backup/$1"';

const busy = 75;
const notOurs = 76;

const script = [
  'umask 077',
  `mkdir -p ${stateFolder} && cd ${stateFolder} || exit 73`,
  'exec 9>>lock',
  // The guard has it for a moment when it ends.
  `flock -w 2 9 || { cat holder 2>/dev/null; exit ${busy}; }`,
  'printf "%s\\n" "$2" > holder',
  'echo locked',
  // Whoever starts here must not inherit the lock: it would outlive this shell.
  `while [ "$(timeout ${patienceS} head -c 1 9>&-)" = . ]; do :; done`,
  'rm -f holder',
].join('\n');

/**
 * A command goes on only if its run has the lock when it begins, and holds a second lock until it has ended: neither a
 * runner that slept, nor a command that outlived its runner, can get in the way of the next run.
 */
const fence = [
  `cd ${stateFolder} && exec 8>>work && flock -w ${workPatienceS} 8 || exit 73`,
  `[ "$(cat holder 2>/dev/null)" = "$2" ] || exit ${notOurs}`,
  'shift 2',
  'exec "$@"',
].join('\n');

/** Something commands run on. */
export type Runner = Pick<Remote, 'name' | 'run'>;

/**
 * The right to be the only run that works on a stack. Held until disposed of, or until the connection is gone.
 * `run` is for commands that change the host: it refuses with `locked` if the lock is not ours there, and waits for
 * such a command of an earlier run to end.
 */
export interface HostLock extends AsyncDisposable, Runner {
  /** Aborts when the lock is lost against our will. */
  readonly lost: AbortSignal;
}

/**
 * Takes the lock of `project` on the host; if another holds it for longer than `waitMs`, throws `locked` naming it.
 * It is held by a shell on the host which lets go when it hears nothing for 30 seconds: a runner that died does not
 * block the next one. `holder` is one line that no other run shares.
 */
export async function takeLock(
  remote: Remote,
  project: string,
  holder: string,
  waitMs: number,
  signal?: AbortSignal,
): Promise<HostLock> {
  const end = performance.now() + waitMs;
  for (;;) {
    try {
      return await tryLock(remote, project, holder, signal);
    } catch (error) {
      if (!isBackupError(error, 'locked') || performance.now() > end) throw error;
      await delay(500, undefined, { signal }).catch(() => {
        throw new BackupError('cancelled', `Cancelled while waiting for the lock for ${project}`);
      });
    }
  }
}

async function tryLock(
  remote: Remote,
  project: string,
  holder: string,
  signal: AbortSignal | undefined,
): Promise<HostLock> {
  signal?.throwIfAborted();
  const command: Command = ['sh', '-c', script, 'sh', project, holder];
  const stream = remote.open(command);
  const lost = new AbortController();
  stream.on('error', () => {});
  const noAnswer = new BackupError('timed-out', `${remote.name} did not give the lock for ${project} in time`);
  const timer = setTimeout(() => stream.destroy(noAnswer), answerWithinMs);
  const onAbort = (): unknown => stream.destroy(new BackupError('cancelled', 'Cancelled before the lock was given'));
  signal?.addEventListener('abort', onAbort, { once: true });
  const answer = await new Promise<string>((resolve) => {
    let said = '';
    stream.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-4096);
      if (/^locked$/m.test(said)) resolve('locked');
    });
    stream.ended.catch(() => {}).finally(() => resolve(said.trim()));
  });
  clearTimeout(timer);
  signal?.removeEventListener('abort', onAbort);
  if (answer !== 'locked') {
    const error = await stream.ended.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error instanceof CommandError && error.exit.status === busy) {
      const who = answer.replace(/[^\w .:@/-]/g, '').slice(0, 200);
      throw new BackupError('locked', `Another run works on ${project} on this host: ${who === '' ? 'unknown' : who}`, {
        hint: 'Wait until it is done; a run that died lets go within half a minute',
      });
    }
    if (isBackupError(error, 'command-failed')) {
      throw new BackupError('command-failed', `The lock for ${project} cannot be taken on ${remote.name}`, {
        hint: 'The user that logs in needs a home folder it can write to, and the program flock (util-linux)',
        cause: error,
      });
    }
    throw error ?? new BackupError('connection-lost', `The lock for ${project} was not given by ${remote.name}`);
  }
  const heartbeat = setInterval(() => stream.write('.'), heartbeatMs);
  heartbeat.unref();
  let released = false;
  const onEnd = (): void => {
    clearInterval(heartbeat);
    if (!released) lost.abort(new BackupError('connection-lost', `The lock for ${project} on ${remote.name} was lost`));
  };
  stream.ended.then(onEnd, onEnd);
  return {
    lost: lost.signal,
    name: remote.name,
    run: async (inner: Command, options?: CallOptions & { readonly input?: string | Uint8Array }) =>
      await remote.run(['sh', '-c', fence, 'sh', project, holder, ...inner], options).catch((error: unknown) => {
        throw refusal(error, remote, project, inner);
      }),
    [Symbol.asyncDispose]: async () => {
      released = true;
      clearInterval(heartbeat);
      stream.end();
      await stream.ended.catch(() => {});
    },
  };
}

/** What a fenced command's end means; it is told as if there were no fence. */
function refusal(error: unknown, { name }: Remote, project: string, command: Command): unknown {
  if (!(error instanceof CommandError)) return error;
  if (error.exit.status === notOurs) {
    return new BackupError('locked', `The lock for ${project} on ${name} is not ours any more`, { cause: error });
  }
  return commandError(name, command, error.exit, error.stderrTail);
}
