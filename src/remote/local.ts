import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { BackupError } from '../errors.ts';
import { remoteOf } from './calls.ts';
import { commandError } from './exit-status.ts';
import { killGraceMs, type Launch, type Program } from './program.ts';
import { refuseUnspeakable } from './quote.ts';
import type { Exit, Remote } from './remote.ts';

const name = 'this machine';

/** What a program gets of our environment. All else stays here: inputs of the run, secrets among them, stand in it. */
const passedOn = /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_[A-Z]+|TZ|TMPDIR|XDG_RUNTIME_DIR|DOCKER_[A-Z_]+)$/;

/** The machine this runs on, as a `Remote`. Programs are started without a shell, each in a process group of its own. */
export function openLocal(environment: Readonly<Record<string, string | undefined>> = process.env): Remote {
  const env = Object.fromEntries(Object.entries(environment).filter(([key]) => passedOn.test(key)));
  const launch: Launch = async (command, signal) => {
    refuseUnspeakable(command);
    if (signal.aborted) throw new BackupError('cancelled', 'Cancelled before it began');
    const [file, ...args] = command;
    const child = spawn(file, args, { detached: true, env, stdio: 'pipe' });
    try {
      await once(child, 'spawn');
    } catch (error) {
      // As a shell would say it.
      throw commandError(name, command, { status: isAbsent(error) ? 127 : 126, signal: undefined }, '');
    }
    return programOf(child);
  };
  return remoteOf(name, launch, async () => {});
}

function programOf(child: ChildProcessWithoutNullStreams): Program {
  let asked = false;
  const exit = new Promise<Exit>((resolve) => {
    child.once('close', (status, signal) => resolve({ status: status ?? undefined, signal: signal ?? undefined }));
  });
  // How the program ended says why its input broke.
  child.stdin.on('error', () => {});
  return {
    stdout: child.stdout,
    stderr: child.stderr,
    exit,
    write: (chunk, done) => child.stdin.write(chunk, (error) => (error ? undefined : done())),
    endInput: () => child.stdin.end(),
    kill() {
      if (asked || !signalGroup(child.pid, 'SIGTERM')) return;
      asked = true;
      child.stdout.resume();
      child.stderr.resume();
      const timer = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), killGraceMs);
      exit.then(() => clearTimeout(timer)).catch(() => {});
    },
  };
}

/** Whether anyone was there to be signalled. */
function signalGroup(pid: number | undefined, signal: NodeJS.Signals): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
