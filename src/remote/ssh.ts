import { randomBytes } from 'node:crypto';
import pRetry from 'p-retry';
import { BackupError, isBackupError } from '../errors.ts';
import { remoteOf } from './calls.ts';
import { parseKnownHosts } from './known-hosts.ts';
import { parsePrivateKey } from './private-key.ts';
import { quote } from './quote.ts';
import { CommandError, type Remote } from './remote.ts';
import { type Connection, type Endpoint, logIn, nameOf } from './ssh-connection.ts';
import { openPool } from './ssh-pool.ts';
import { programOn } from './ssh-program.ts';
import { dialTcp } from './tcp.ts';

/** Where and as whom to log in on one machine. */
export interface SshUser {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** The text of the key file. */
  readonly privateKey: string;
  readonly passphrase?: string;
}

export interface SshLogin extends SshUser {
  /** Lines of known_hosts for the host, and for the jump host if there is one. */
  readonly knownHosts: string;
  /** The machine to go through. */
  readonly jump?: SshUser;
  /** How long TCP, and then the SSH handshake with the login, may take. Default 10 s each. */
  readonly readyTimeoutMs?: number;
  /** How often the other side is asked for a sign of life; seven missed in a row end the connection. Default 1 s. */
  readonly keepaliveMs?: number;
}

/**
 * Logs in, and makes sure that the login runs commands and adds nothing to their output. Rejects with a `BackupError`:
 * `input-invalid`, `key-invalid`, `key-locked`, `host-unreachable` (after three attempts), `host-key-unknown`,
 * `host-key-mismatch`, `host-algorithms`, `auth-failed`, `timed-out`, `connection-lost`; later calls may do so too,
 * when they find the connection lost and open a new one. Up to 32 commands run at a time, further ones wait.
 */
export async function openSsh(login: SshLogin): Promise<Remote> {
  const { readyTimeoutMs = 10_000, keepaliveMs = 1_000 } = login;
  const known = parseKnownHosts(login.knownHosts);
  const endpointOf = ({ host, port, user, privateKey, passphrase }: SshUser): Endpoint => {
    const key = parsePrivateKey(privateKey, passphrase);
    return { host, port, user, key, known, readyTimeoutMs, keepaliveMs };
  };
  const host = endpointOf(login);
  const jump = login.jump === undefined ? undefined : endpointOf(login.jump);
  const name = nameOf(host);

  const pool = openPool(name, (signal) =>
    pRetry(() => connect(host, jump, signal), {
      retries: 2,
      minTimeout: 500,
      shouldRetry: ({ error }) => !signal.aborted && isBackupError(error, 'host-unreachable'),
    }),
  );
  const remote = remoteOf(
    name,
    async (command, signal) => {
      const { channel, lost } = await pool.exec(quote(command), signal);
      return programOn(channel, lost);
    },
    () => pool.close(),
  );
  try {
    await pool.connected();
    await proveCommandsRun(remote, readyTimeoutMs);
    return remote;
  } catch (error) {
    await remote[Symbol.asyncDispose]();
    throw error;
  }
}

async function connect(host: Endpoint, jump: Endpoint | undefined, signal: AbortSignal): Promise<Connection> {
  const first = jump ?? host;
  const socket = await dialTcp(first.host, first.port, first.readyTimeoutMs, signal);
  const connection = await logIn(first, socket, signal);
  if (jump === undefined) return connection;
  try {
    const onward = await logIn(host, await connection.forward(host.host, host.port), signal);
    // Not sooner: what the onward connection still says goes through this one.
    onward.closed.then(() => connection.close()).catch(() => {});
    return onward;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** A login may have no shell, a forced command, or a start file that prints: then no output could be trusted. */
async function proveCommandsRun(remote: Remote, timeoutMs: number): Promise<void> {
  const words = `it's ${randomBytes(8).toString('hex')} "$HOME"`;
  let said: string;
  try {
    said = await remote.run(['printf', '%s', words], { timeoutMs });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw noCommands(remote.name, error);
  }
  if (said === words) return;
  if (!said.includes(words)) throw noCommands(remote.name);
  throw new BackupError('command-failed', `${remote.name} adds text of its own to the output of commands`, {
    hint: 'Something in a start file of its shell prints; let it do so for terminals only',
  });
}

function noCommands(name: string, cause?: unknown): BackupError {
  return new BackupError('auth-failed', `${name} lets us in, but does not run our commands`, {
    cause,
    hint: 'The account may have no shell (nologin), or its key a forced command',
  });
}
