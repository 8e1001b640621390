import { type Command } from '../remote/remote.ts';
export interface ExecOptions {
    /** Keeps standard input open. Never a terminal: `-t` would change bytes. */
    readonly interactive?: boolean;
    /** Environment of the command inside the container. Never a secret: it stands in the host's argv. */
    readonly env?: Readonly<Record<string, string>>;
}
/** `docker exec` of `command` in the container with the full id `containerId`. */
export declare function dockerExec(containerId: string, command: Command, options?: ExecOptions): Command;
/**
 * What a failed docker command means, as our own error; anything that is not about docker itself comes back as it was.
 * Texts are matched on the client's own messages (docker 20.10 to 28).
 */
export declare function translateDockerError(error: unknown, what: string, hostName: string): unknown;
