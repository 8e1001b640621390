import { setTimeout as pause } from 'node:timers/promises';
import type { ClientChannel } from 'ssh2';
import { BackupError } from '../errors.ts';
import { type Connection, SessionRefused } from '../ssh/connection.ts';
import { programOn } from './ssh-program.ts';

/** OpenSSH allows 10 sessions a connection (MaxSessions); two are left for what is just closing. */
const sessionsEach = 8;
/** Further commands wait. Long-lived ones must stay below the product, else they wait for each other. */
const mostConnections = 4;
const mostRefusals = 5;

interface Member {
  readonly connection: Connection;
  used: number;
  capacity: number;
}

export interface Session {
  readonly channel: ClientChannel;
  readonly lost: AbortSignal;
}

export interface Pool {
  /** Resolves once a connection is open, making it if there is none. */
  connected(): Promise<void>;
  /** Starts `line` on a connection that has room, opening one if none has. */
  exec(line: string, signal: AbortSignal): Promise<Session>;
  close(): Promise<void>;
}

/** Connections made by `connect` as they are needed; a lost one is forgotten, and the next command opens another. */
export function openPool(name: string, connect: (signal: AbortSignal) => Promise<Connection>): Pool {
  const members = new Set<Member>();
  const closing = new AbortController();
  let dialling: Promise<void> | undefined;
  let change = Promise.withResolvers<void>();

  function changed(): void {
    change.resolve();
    change = Promise.withResolvers();
  }

  async function dial(): Promise<void> {
    try {
      const connection = await connect(closing.signal);
      const member = { connection, used: 0, capacity: sessionsEach };
      members.add(member);
      connection.lost.addEventListener('abort', () => {
        members.delete(member);
        changed();
      });
      if (connection.lost.aborted) members.delete(member);
    } finally {
      dialling = undefined;
    }
  }

  async function take(signal: AbortSignal): Promise<Member> {
    for (;;) {
      const free = [...members].find((member) => member.used < member.capacity);
      if (free !== undefined) {
        free.used += 1;
        return free;
      }
      if (members.size < mostConnections) {
        dialling ??= dial();
        await orCancelled(dialling, signal, name);
      } else {
        await orCancelled(change.promise, signal, name);
      }
    }
  }

  async function exec(line: string, signal: AbortSignal): Promise<Session> {
    for (let refusals = 0; ; ) {
      const member = await take(signal);
      const release = () => {
        member.used -= 1;
        changed();
      };
      const asked = member.connection.exec(line);
      try {
        const channel = await orCancelled(asked, signal, name);
        channel.once('close', release);
        return { channel, lost: member.connection.lost };
      } catch (error) {
        // A session that is granted after all runs a program nobody wants any more.
        asked.then((channel) => {
          channel.once('close', release);
          programOn(channel, member.connection.lost).kill();
        }, release);
        if (!(error instanceof SessionRefused)) throw error;
        member.capacity = Math.max(1, member.used - 1);
        if (member.used > 1) continue;
        // OpenSSH frees a session a moment after it has closed it: the only one allowed may come free yet.
        refusals += 1;
        if (refusals > mostRefusals) {
          throw new BackupError('auth-failed', `${name} lets us in, but starts no commands`, { cause: error });
        }
        await pause(20 * 2 ** refusals);
      }
    }
  }

  return {
    exec,
    async connected() {
      if (members.size > 0) return;
      dialling ??= dial();
      await dialling;
    },
    async close() {
      closing.abort();
      await Promise.all([...members].map(({ connection }) => connection.close()));
    },
  };
}

async function orCancelled<Value>(work: Promise<Value>, signal: AbortSignal, name: string): Promise<Value> {
  const cancelled = Promise.withResolvers<never>();
  const cancel = () => cancelled.reject(new BackupError('cancelled', `Waiting for ${name} was cancelled`));
  if (signal.aborted) cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await Promise.race([work, cancelled.promise]);
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
