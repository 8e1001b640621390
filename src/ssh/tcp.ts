import { once } from 'node:events';
import { Socket } from 'node:net';
import { BackupError } from '../errors.ts';

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to its network',
  EHOSTDOWN: 'the host is down',
  ENOTFOUND: 'the name is not known',
  EAI_AGAIN: 'the name cannot be looked up now',
  ECONNRESET: 'connection reset',
};

/**
 * A connection to `host:port` without Nagle's delay. `host-unreachable` with the reason, or `timed-out` when nothing
 * answers within `timeoutMs`, or `cancelled`.
 */
export async function dialTcp(host: string, port: number, timeoutMs: number, signal: AbortSignal): Promise<Socket> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const socket = new Socket();
  socket.setNoDelay(true);
  socket.connect({ host, port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, deadline]) });
    return socket;
  } catch (cause) {
    socket.on('error', () => {});
    socket.destroy();
    const address = `${host}:${port}`;
    if (signal.aborted) throw new BackupError('cancelled', `Connecting to ${address} was cancelled`);
    if (deadline.aborted) throw new BackupError('timed-out', `${address} did not answer within ${timeoutMs} ms`);
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw new BackupError('host-unreachable', `${address} cannot be reached: ${reasons[code] ?? code}`, { cause });
  }
}
