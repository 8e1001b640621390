import { Agent, type IncomingMessage, request } from 'node:http';
import { Duplex } from 'node:stream';
import { BackupError, isBackupError } from '../../errors.ts';
import type { RemoteStream } from '../../remote/remote.ts';

/** Opens one more way to the server: bytes written are what it hears. */
export type Dial = () => RemoteStream;

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** HTTP over streams that are no sockets; they stay open between requests. */
export interface HttpClient extends AsyncDisposable {
  /** Rejects with the stream's own error, or `timed-out`. The answer's text is at most 64 MiB. */
  send(what: string, request: HttpRequest): Promise<HttpAnswer>;
}

const maxAnswerBytes = 64 * 1024 * 1024;
const farewellWithinMs = 2_000;
const farewell = 'GET /v1/sys/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n';

/** What an `Agent` asks of a socket besides being a stream. Deadlines are kept by us. */
const socketManners = { timeout: 0, setTimeout() {}, setKeepAlive() {}, setNoDelay() {}, ref() {}, unref() {} };

class DialledAgent extends Agent {
  readonly open = new Set<RemoteStream>();
  readonly #dial: Dial;
  readonly #mayRedial: boolean;
  readonly #connections: number;
  #dialled = 0;

  constructor(dial: Dial, connections: number, mayRedial: boolean) {
    super({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections });
    this.#dial = dial;
    this.#connections = connections;
    this.#mayRedial = mayRedial;
  }

  override createConnection(): Duplex {
    this.#dialled += 1;
    if (!this.#mayRedial && this.#dialled > this.#connections) {
      throw new BackupError('connection-lost', 'The way to Vault was closed, and no other is opened');
    }
    const stream = this.#dial();
    this.open.add(stream);
    stream.once('close', () => this.open.delete(stream));
    return Object.assign(stream, socketManners);
  }
}

/** A client with up to `connections` ways open at a time; once that many were opened, more only if it `mayRedial`. */
export function openHttp(dial: Dial, connections: number, mayRedial: boolean): HttpClient {
  const agent = new DialledAgent(dial, connections, mayRedial);
  return {
    send: async (what, { method, path, headers, body = '', timeoutMs }) => {
      const length = Buffer.byteLength(body);
      const call = request({
        agent,
        method,
        path,
        host: '127.0.0.1',
        headers: { ...headers, ...(length > 0 ? { 'Content-Length': length } : {}) },
      });
      // Whatever comes after the first error says no more than that.
      call.on('error', () => {});
      const late = new BackupError('timed-out', `${what}: Vault did not answer within ${timeoutMs / 1000} s`);
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        call.destroy(late);
      }, timeoutMs);
      try {
        const answer = await new Promise<IncomingMessage>((resolve, reject) => {
          call.once('response', resolve).once('error', reject);
          call.end(body);
        });
        return { status: answer.statusCode ?? 0, text: await textOf(what, answer) };
      } catch (error) {
        if (isLate) throw late;
        const reason = isHangUp(error) ? await endOf(call.socket) : undefined;
        throw reason ?? (call.reusedSocket && isHangUp(error) ? new StaleConnection() : error);
      } finally {
        clearTimeout(timer);
      }
    },
    [Symbol.asyncDispose]: async () => {
      // The server closes, and so the program in the container ends by itself: dropping it would leave it running there.
      await Promise.all([...agent.open].map(sayFarewell));
      agent.destroy();
    },
  };
}

/** The server closed a connection that had been idle just as it was used again: nothing of the request was done. */
export class StaleConnection extends Error {}

function isHangUp(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

/** Why the stream ended, if it knows: a hang-up is all that HTTP sees of it. */
async function endOf(stream: unknown): Promise<unknown> {
  if (!isRemoteStream(stream) || !stream.destroyed) return undefined;
  return await stream.ended.then(
    () => undefined,
    (reason: unknown) => (isBackupError(reason) && isBackupError(reason.cause) ? reason.cause : reason),
  );
}

function isRemoteStream(stream: unknown): stream is RemoteStream {
  return stream instanceof Duplex && 'ended' in stream && stream.ended instanceof Promise;
}

async function textOf(what: string, answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxAnswerBytes) throw new BackupError('vault-unusable', `${what}: Vault's answer is too long`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function sayFarewell(stream: RemoteStream): Promise<void> {
  if (stream.destroyed) return;
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, farewellWithinMs);
  stream.end(farewell);
  await Promise.race([stream.ended.catch(() => {}), late]);
  clearTimeout(timer);
  stream.destroy();
}
