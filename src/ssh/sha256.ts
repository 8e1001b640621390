import { type Connection, SessionRefused } from './connection.ts';

/** What needs no quoting in any shell, and is never taken for an option. */
const plainPath = /^\/[A-Za-z0-9._/-]+$/;

/**
 * The SHA-256 of a file on the other machine in lower-case hex, as its own sha256sum reads it; undefined where the login
 * runs no commands, or the path would have to be quoted. Rejects if the connection is lost, or `signal` fires.
 */
export async function sha256On(
  connection: Connection,
  path: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (!plainPath.test(path)) return undefined;
  const channel = await connection.exec(`sha256sum -- ${path}`).catch((error: unknown) => {
    if (!(error instanceof SessionRefused)) throw error;
    return undefined;
  });
  if (channel === undefined) return undefined;
  const over = AbortSignal.any([connection.lost, ...(signal === undefined ? [] : [signal])]);
  const { promise: ended, resolve, reject } = Promise.withResolvers<number | null>();
  const end = () => {
    reject(over.reason);
    channel.close();
  };
  if (over.aborted) end();
  over.addEventListener('abort', end, { once: true });
  channel.once('close', resolve);
  // A login that serves files alone waits for a request, and ends once none can come.
  channel.end();
  channel.stderr.resume();
  let said = '';
  channel.on('data', (chunk: Buffer) => {
    if (said.length < 8_192) said += chunk.toString('latin1');
  });
  try {
    const status = await ended;
    const [sha256 = ''] = said.split(' ', 1);
    return status === 0 && /^[0-9a-f]{64}$/.test(sha256) && said === `${sha256}  ${path}\n` ? sha256 : undefined;
  } finally {
    over.removeEventListener('abort', end);
  }
}
