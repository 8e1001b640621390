import { BackupError } from '../errors.ts';
import { type Command, CommandError } from '../remote/remote.ts';

export interface ExecOptions {
  /** Keeps standard input open. Never a terminal: `-t` would change bytes. */
  readonly interactive?: boolean;
  /** Environment of the command inside the container. Never a secret: it stands in the host's argv. */
  readonly env?: Readonly<Record<string, string>>;
}

/** `docker exec` of `command` in the container with the full id `containerId`. */
export function dockerExec(containerId: string, command: Command, options: ExecOptions = {}): Command {
  const env = Object.entries(options.env ?? {}).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
  return ['docker', 'exec', ...(options.interactive ? ['--interactive'] : []), ...env, containerId, ...command];
}

/**
 * What a failed docker command means, as our own error; anything that is not about docker itself comes back as it was.
 * Texts are matched on the client's own messages (docker 20.10 to 28).
 */
export function translateDockerError(error: unknown, what: string, hostName: string): unknown {
  if (!(error instanceof CommandError)) return error;
  if (error.code === 'command-missing') {
    return new BackupError('docker-missing', `${what}: there is no docker on ${hostName}`, {
      hint: 'Install the docker client there, or check the PATH of the user that logs in',
      cause: error,
    });
  }
  const text = error.stderrTail;
  if (/permission denied while trying to connect/i.test(text)) {
    return new BackupError('docker-denied', `${what}: the user on ${hostName} may not talk to Docker`, {
      hint: 'Add the user to the docker group on the host, then log in anew',
      cause: error,
    });
  }
  if (/Cannot connect to the Docker daemon|Is the docker daemon running/i.test(text)) {
    return new BackupError('docker-down', `${what}: Docker on ${hostName} does not answer`, {
      hint: 'Start the Docker daemon on the host',
      cause: error,
    });
  }
  if (/No such container|No such exec instance/i.test(text)) {
    return new BackupError('service-replaced', `${what}: the container was removed or replaced meanwhile`, {
      hint: 'Wait until the stack is not being rebuilt, then run again',
      cause: error,
    });
  }
  // Docker's own words only: a message of a program in the container may speak of something else that is not running.
  // The second is what the runtime says of a container that is just going down.
  if (
    /container \S+ is (not running|paused|restarting)/i.test(text) ||
    /OCI runtime exec failed: .*(cannot exec (in )?a |container that has |process has already )(stopped|paused|finished)/i.test(
      text,
    )
  ) {
    return new BackupError('service-not-running', `${what}: the container is not running`, { cause: error });
  }
  return error;
}
