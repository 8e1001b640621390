import type { Attributes, SFTPWrapper, Stats } from 'ssh2';
import { BackupError } from '../errors.ts';
import { type Connection, SessionRefused } from './connection.ts';

/** Answers of an SFTP server that mean something, by their number (draft-ietf-secsh-filexfer-02, section 7). */
export const sftpStatus = { endOfFile: 1, noSuchFile: 2, denied: 3, failure: 4, unsupported: 8 } as const;

/** An SFTP server's refusal, by its number. What the server wrote beside it is not kept. */
export class SftpError extends Error {
  override readonly name = 'SftpError';
  readonly status: number;

  constructor(status: number) {
    super(`SFTP status ${status}`);
    this.status = status;
  }
}

/** What stands at a path, links not followed. */
export interface SftpEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'other';
  readonly sizeBytes: number;
}

/** What a file system has left, as far as the server tells. */
export interface SftpSpace {
  readonly freeBytes: number;
  readonly freeFiles: number;
  readonly isReadOnly: boolean;
}

/** An open file or folder. */
export type SftpHandle = Buffer;

/**
 * A session of SFTP. Every call rejects with `SftpError` if the server refuses, and with a `BackupError` once the
 * session is lost. Calls are sent in order without waiting for each other's answers.
 */
export interface Sftp {
  /** Fires once, with a `BackupError` as its reason, when the session is of no more use. */
  readonly lost: AbortSignal;
  /** Undefined if there is nothing. A link at the end of the path is followed. */
  stat(path: string): Promise<SftpEntry | undefined>;
  /** Undefined if there is nothing. */
  lstat(path: string): Promise<SftpEntry | undefined>;
  makeFolder(path: string): Promise<void>;
  /** `create` refuses what is there already. New files are for their owner alone. */
  open(path: string, how: 'read' | 'create'): Promise<SftpHandle>;
  openFolder(path: string): Promise<SftpHandle>;
  /** Bytes from `at` on, at most `sizeBytes` of them; none at the end of the file. */
  read(handle: SftpHandle, at: number, sizeBytes: number): Promise<Buffer>;
  /** Writes a copy of `bytes`, taken before this returns. */
  write(handle: SftpHandle, at: number, bytes: Uint8Array): Promise<void>;
  /** The next entries of a folder, in the server's order; undefined after the last. */
  readFolder(handle: SftpHandle): Promise<SftpEntry[] | undefined>;
  close(handle: SftpHandle): Promise<void>;
  /** Refuses to replace, by the protocol. */
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** False if the server does not offer it. */
  sync(handle: SftpHandle): Promise<boolean>;
  /** A second name for a file; false if the server does not offer it. */
  link(from: string, to: string): Promise<boolean>;
  /** Undefined if the server does not tell. */
  space(path: string): Promise<SftpSpace | undefined>;
}

type Done<Answer> = (error?: Error | null, answer?: Answer) => void;

/** Starts SFTP on `connection`. Rejects with `store-failed` where it is not offered. */
export async function openSftp(connection: Connection, name: string): Promise<Sftp> {
  const session = await connection.sftp().catch((cause: unknown) => {
    if (!(cause instanceof SessionRefused)) throw cause;
    throw new BackupError('store-failed', `${name} lets us in, but offers no SFTP`, { cause });
  });
  const ended = new AbortController();
  const end = (how: string) => ended.abort(new BackupError('connection-lost', `The SFTP session on ${name} ${how}`));
  session.on('close', () => end('was lost')).on('error', () => end('was lost'));
  return sftpOn(session, AbortSignal.any([connection.lost, ended.signal]), end);
}

/** The server's disk may take its time; one that gives no answer at all for this many turns is as good as gone. */
const [turnMs, mostTurns] = [10_000, 30];

function sftpOn(session: SFTPWrapper, lost: AbortSignal, end: (how: string) => void): Sftp {
  let waiting = 0;
  let turns = 0;
  const watch = setInterval(() => {
    turns = waiting === 0 ? 0 : turns + 1;
    if (turns > mostTurns) end(`gave no answer for ${(mostTurns * turnMs) / 1000} s`);
  }, turnMs);
  watch.unref();
  lost.addEventListener('abort', () => clearInterval(watch), { once: true });

  /** ssh2 calls back or not; a lost session answers for it. */
  function ask<Answer>(question: (done: Done<Answer>) => void): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const fail = () => reject(lost.reason);
    if (lost.aborted) fail();
    lost.addEventListener('abort', fail, { once: true });
    waiting += 1;
    question((error, answer) => {
      turns = 0;
      if (!error) return resolve(answer as Answer);
      const status = statusOf(error);
      // What has no number is no answer of the server: ssh2 says so when the session is over.
      if (status === undefined) end('was lost');
      reject(lost.aborted || status === undefined ? lost.reason : new SftpError(status));
    });
    return promise.finally(() => {
      waiting -= 1;
      lost.removeEventListener('abort', fail);
    });
  }

  /** ssh2 throws at once if the server does not offer an extension. */
  async function extension<Answer>(question: (done: Done<Answer>) => void): Promise<{ answer: Answer } | undefined> {
    let isOffered = true;
    const answer = await ask<Answer>((done) => {
      try {
        question(done);
      } catch {
        isOffered = false;
        done();
      }
    });
    return isOffered ? { answer } : undefined;
  }

  return {
    lost,
    stat: async (path) =>
      await orNothing(
        ask<Stats>((done) => session.stat(path, done)),
        path,
      ),
    lstat: async (path) =>
      await orNothing(
        ask<Stats>((done) => session.lstat(path, done)),
        path,
      ),
    makeFolder: async (path) => await ask((done) => session.mkdir(path, { mode: 0o700 }, done)),
    open: async (path, how) =>
      await ask((done) => session.open(path, how === 'create' ? 'wx' : 'r', { mode: 0o600 }, done)),
    openFolder: async (path) => await ask((done) => session.opendir(path, done)),
    read: async (handle, at, sizeBytes) => {
      const bytes = Buffer.allocUnsafe(sizeBytes);
      const got = await ask<number>((done) =>
        session.read(handle, bytes, 0, sizeBytes, at, (error, sizeRead) => done(error, sizeRead)),
      );
      return bytes.subarray(0, got);
    },
    write: async (handle, at, bytes) => {
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      await ask((done) => session.write(handle, buffer, 0, buffer.length, at, done));
    },
    readFolder: async (handle) => {
      try {
        const entries = await ask<readonly { filename: string; attrs: Attributes }[]>((done) =>
          session.readdir(handle as unknown as string, done),
        );
        return entries.map(({ filename, attrs }) => entryOf(filename, attrs));
      } catch (error) {
        if (error instanceof SftpError && error.status === sftpStatus.endOfFile) return undefined;
        throw error;
      }
    },
    close: async (handle) => await ask((done) => session.close(handle, done)),
    rename: async (from, to) => await ask((done) => session.rename(from, to, done)),
    remove: async (path) => await ask((done) => session.unlink(path, done)),
    sync: async (handle) =>
      (await extension((done) => session.ext_openssh_fsync(handle, (error) => done(error)))) !== undefined,
    link: async (from, to) => (await extension((done) => session.ext_openssh_hardlink(from, to, done))) !== undefined,
    space: async (path) => {
      const told = await extension<Readonly<Record<string, unknown>>>((done) =>
        session.ext_openssh_statvfs(path, done),
      );
      return told && spaceOf(told.answer);
    },
  };
}

function statusOf(error: Error): number | undefined {
  return 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}

async function orNothing(stats: Promise<Stats>, path: string): Promise<SftpEntry | undefined> {
  try {
    return entryOf(path, await stats);
  } catch (error) {
    if (error instanceof SftpError && error.status === sftpStatus.noSuchFile) return undefined;
    throw error;
  }
}

/** By the bits of the mode, which mean the same on every server that gives them. */
function entryOf(name: string, { mode, size }: Attributes): SftpEntry {
  const type = mode & 0o170000;
  return { name, kind: type === 0o100000 ? 'file' : type === 0o040000 ? 'folder' : 'other', sizeBytes: size };
}

/** Numbers come as BigInt where they are large. */
function spaceOf(told: Readonly<Record<string, unknown>>): SftpSpace {
  const readOnly = 1;
  return {
    freeBytes: Number(told.f_bavail) * Number(told.f_frsize),
    freeFiles: Number(told.f_files) === 0 ? Number.POSITIVE_INFINITY : Number(told.f_favail),
    isReadOnly: (Number(told.f_flag) & readOnly) !== 0,
  };
}
