import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2, { type ClientChannel, type PublicKeyAuthMethod, type SFTPWrapper } from 'ssh2';
import { BackupError } from '../errors.ts';
import { causeOf, handshakeError } from './handshake-error.ts';
import { hostKeyAlgorithms, hostKeyTrouble } from './host-key.ts';
import type { KnownHosts } from './known-hosts.ts';
import type { PrivateKey } from './private-key.ts';
import { silentTurns, watchSilence } from './silence.ts';

/** One end of one connection: whom to reach and as whom. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly key: PrivateKey;
  readonly known: KnownHosts;
  readonly readyTimeoutMs: number;
  /** How often the other side is asked for a sign of life. */
  readonly keepaliveMs: number;
}

export interface Connection {
  /** Fires once, with a `BackupError` as its reason, when nothing more will come. */
  readonly lost: AbortSignal;
  /** Starts a shell line. Rejects as `SessionRefused` if the host opens no further session. */
  exec(line: string): Promise<ClientChannel>;
  /** A session of the SFTP subsystem. Rejects as `SessionRefused` if the host opens none. */
  sftp(): Promise<SFTPWrapper>;
  /** A connection from the host onwards. */
  forward(host: string, port: number): Promise<Duplex>;
  /** Says goodbye; resolves once that went out and the socket is closed, after a second at the latest. */
  close(): Promise<void>;
  /** Resolves once the socket is closed, a second after the connection was lost at the latest. */
  readonly closed: Promise<void>;
}

/** The host opens no (further) session on this connection. */
export class SessionRefused extends Error {
  override readonly name = 'SessionRefused';
}

const goodbyeMs = 1_000;
const longestOpening = 64 * 1024;

export function nameOf({ user, host, port }: Pick<Endpoint, 'user' | 'host' | 'port'>): string {
  return `${user}@${host}:${port}`;
}

/** Logs in over `socket`. The host's key is checked before anything is said of us. */
export async function logIn(endpoint: Endpoint, socket: Duplex, signal: AbortSignal): Promise<Connection> {
  const { host, port, user, key, known, readyTimeoutMs, keepaliveMs } = endpoint;
  const client = new ssh2.Client();
  const lost = new AbortController();
  const ready = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  let trouble: BackupError | undefined;
  let isReady = false;
  let isEncrypted = false;
  /** What came before keys were exchanged, to say what the other side offers if that fails. */
  let opening: Buffer = Buffer.alloc(0);

  function lose(error: BackupError): void {
    lost.abort(error);
    ready.reject(error);
    socket.destroy();
  }
  const cancel = () => lose(new BackupError('cancelled', `Connecting to ${nameOf(endpoint)} was cancelled`));
  const gone = (cause?: Error) => {
    if (isReady)
      lose(new BackupError('connection-lost', `The connection to ${nameOf(endpoint)} was lost`, causeOf(cause)));
    // The key's trouble is the reason; what ssh2 says after it is noise.
    else lose(trouble ?? handshakeError(endpoint, isEncrypted ? undefined : opening, cause));
  };

  client.on('handshake', () => {
    isEncrypted = true;
  });
  client.on('ready', () => {
    isReady = true;
    ready.resolve();
  });
  // ssh2 may give several errors for one trouble; the first counts.
  client.on('error', gone);
  client.on('close', () => {
    closed.resolve();
    gone();
  });
  lost.signal.addEventListener('abort', () => {
    const timer = setTimeout(() => {
      socket.destroy();
      closed.resolve();
    }, goodbyeMs);
    closed.promise.then(() => clearTimeout(timer)).catch(() => {});
  });
  const asUser: PublicKeyAuthMethod = { type: 'publickey', username: user, key: key.parsed };
  client.connect({
    sock: socket as Socket,
    host,
    port,
    username: user,
    authHandler: [asUser],
    algorithms: { serverHostKey: hostKeyAlgorithms(known, host, port) },
    hostVerifier: (shown: Buffer) => {
      trouble = hostKeyTrouble(known, host, port, shown);
      return trouble === undefined;
    },
    readyTimeout: readyTimeoutMs,
    // Only the asking is left to ssh2: it would count answers, which queue behind data on a slow link.
    keepaliveInterval: keepaliveMs,
    keepaliveCountMax: Number.MAX_SAFE_INTEGER,
  });

  const stopWatching = watchSilence(socket, keepaliveMs, () => {
    const message = `The connection to ${nameOf(endpoint)} was lost: silent for ${(silentTurns * keepaliveMs) / 1000} s`;
    if (isReady) lose(new BackupError('connection-lost', message));
  });
  lost.signal.addEventListener('abort', stopWatching);
  socket.on('data', (chunk: Buffer) => {
    if (!isEncrypted && opening.length < longestOpening) opening = Buffer.concat([opening, chunk]);
  });

  if (signal.aborted) cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    await ready.promise;
  } finally {
    signal.removeEventListener('abort', cancel);
  }

  /** ssh2 calls back or not; a lost connection answers for it. */
  function ask<Answer>(question: (done: (error: Error | undefined, answer: Answer) => void) => void): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const fail = () => reject(lost.signal.reason);
    if (lost.signal.aborted) fail();
    lost.signal.addEventListener('abort', fail, { once: true });
    try {
      question((error, answer) => (error ? reject(error) : resolve(answer)));
    } catch (error) {
      gone(error instanceof Error ? error : undefined);
    }
    return promise.finally(() => lost.signal.removeEventListener('abort', fail));
  }

  async function session<Channel>(
    open: (done: (error: Error | undefined, channel: Channel) => void) => void,
  ): Promise<Channel> {
    try {
      return await ask<Channel>(open);
    } catch (error) {
      throw error instanceof Error && !(error instanceof BackupError) ? new SessionRefused() : error;
    }
  }

  return {
    lost: lost.signal,
    exec: async (line) => await session<ClientChannel>((done) => client.exec(line, done)),
    sftp: async () => await session<SFTPWrapper>((done) => client.sftp(done)),
    async forward(toHost, toPort) {
      try {
        return await ask<ClientChannel>((done) => client.forwardOut('127.0.0.1', 0, toHost, toPort, done));
      } catch (cause) {
        if (cause instanceof BackupError) throw cause;
        const message = `${toHost}:${toPort} cannot be reached from ${nameOf(endpoint)}`;
        throw new BackupError('host-unreachable', message);
      }
    },
    closed: closed.promise,
    close() {
      client.end();
      // The goodbye, and signals sent just before it, still have to go out.
      lost.abort(new BackupError('connection-lost', `The login on ${nameOf(endpoint)} was closed`));
      return closed.promise;
    },
  };
}
