import { randomBytes } from 'node:crypto';
import { BackupError } from '../errors.ts';
import { type SshLogin, wayTo } from '../ssh/login.ts';
import { remoteOf } from './calls.ts';
import { quote } from './quote.ts';
import { CommandError, type Remote } from './remote.ts';
import { openPool } from './ssh-pool.ts';
import { programOn } from './ssh-program.ts';

/**
 * Logs in, and makes sure that the login runs commands and adds nothing to their output. Rejects with a `BackupError`:
 * `input-invalid`, `key-invalid`, `key-locked`, `host-unreachable` (after three attempts), `host-key-unknown`,
 * `host-key-mismatch`, `host-algorithms`, `auth-failed`, `timed-out`, `connection-lost`; later calls may do so too,
 * when they find the connection lost and open a new one. Up to 32 commands run at a time, further ones wait.
 */
export async function openSsh(login: SshLogin): Promise<Remote> {
  const { name, readyTimeoutMs, connect } = wayTo(login);
  const pool = openPool(name, connect);
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
