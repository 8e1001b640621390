import pRetry from 'p-retry';
import { isBackupError } from '../errors.ts';
import { type Connection, type Endpoint, logIn, nameOf } from './connection.ts';
import { parseKnownHosts } from './known-hosts.ts';
import { parsePrivateKey } from './private-key.ts';
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

/** How to log in on one machine, understood and not tried yet. */
export interface Way {
  /** For people: `user@host:port`. */
  readonly name: string;
  readonly readyTimeoutMs: number;
  /** Logs in; three attempts if the machine cannot be reached. Errors as `openSsh` lists them. */
  connect(signal: AbortSignal): Promise<Connection>;
}

/** Understands `login`. Throws `input-invalid`, `key-invalid` and `key-locked`. */
export function wayTo(login: SshLogin): Way {
  const { readyTimeoutMs = 10_000, keepaliveMs = 1_000 } = login;
  const known = parseKnownHosts(login.knownHosts);
  const endpointOf = ({ host, port, user, privateKey, passphrase }: SshUser): Endpoint => {
    const key = parsePrivateKey(privateKey, passphrase);
    return { host, port, user, key, known, readyTimeoutMs, keepaliveMs };
  };
  const host = endpointOf(login);
  const jump = login.jump === undefined ? undefined : endpointOf(login.jump);
  return {
    name: nameOf(host),
    readyTimeoutMs,
    connect: async (signal) =>
      await pRetry(() => connectOnce(host, jump, signal), {
        retries: 2,
        minTimeout: 500,
        shouldRetry: ({ error }) => !signal.aborted && isBackupError(error, 'host-unreachable'),
      }),
  };
}

async function connectOnce(host: Endpoint, jump: Endpoint | undefined, signal: AbortSignal): Promise<Connection> {
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
