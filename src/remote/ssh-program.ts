import { once } from 'node:events';
import type { ClientChannel } from 'ssh2';
import { killGraceMs, type Program } from './program.ts';
import type { Exit } from './remote.ts';

/** Of ssh2's insides: `ClientChannel.signal` does nothing once input has ended, and then a signal is wanted most. */
interface Insides {
  readonly outgoing?: { readonly id: number; readonly state: string };
  readonly _client?: { readonly _protocol?: { signal(channel: number, name: string): void } };
}

/** A command that runs on `channel`, whose connection is alive until `lost` fires. */
export function programOn(channel: ClientChannel, lost: AbortSignal): Program {
  let isOpen = true;
  let asked = false;
  const { promise: exit, resolve, reject } = Promise.withResolvers<Exit>();
  exit.catch(() => {});

  // The window is shared: unread errors stall the output, and reading only errors would let output pile up.
  channel.on('pause', () => channel.stderr.pause());
  channel.on('resume', () => channel.stderr.resume());
  const stderrEnded = once(channel.stderr, 'end').catch(() => {});

  // A lost connection ends the channel as if all were well, and with status 0 if that had come before the data.
  const lose = () => reject(lost.reason);
  if (lost.aborted) lose();
  lost.addEventListener('abort', lose);
  channel.once('error', reject);
  channel.once('close', (status: number | null | undefined, signal: string | undefined) => {
    isOpen = false;
    lost.removeEventListener('abort', lose);
    stderrEnded.then(() => resolve({ status: status ?? undefined, signal })).catch(reject);
  });

  function signal(name: string): void {
    const insides: Insides = channel as unknown as Insides;
    if (!isOpen || lost.aborted || insides.outgoing === undefined || insides.outgoing.state === 'closed') return;
    insides._client?._protocol?.signal(insides.outgoing.id, name);
  }

  return {
    stdout: channel,
    stderr: channel.stderr,
    exit,
    write(chunk, done) {
      // ssh2 ends the channel's input itself when the program is gone.
      if (channel.writableEnded || channel.destroyed) return;
      channel.write(chunk, (error) => (error ? undefined : done()));
    },
    endInput: () => channel.end(),
    kill() {
      if (asked || !isOpen || lost.aborted) return;
      asked = true;
      signal('TERM');
      channel.resume();
      const timer = setTimeout(() => {
        signal('KILL');
        channel.close();
      }, killGraceMs);
      channel.once('close', () => clearTimeout(timer));
      lost.addEventListener('abort', () => clearTimeout(timer));
    },
  };
}
