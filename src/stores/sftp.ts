import { addAbortListener } from 'node:events';
import { BackupError } from '../errors.ts';
import { shown } from '../shown.ts';
import { type Connection, nameOf } from '../ssh/connection.ts';
import { type SshLogin, wayTo } from '../ssh/login.ts';
import { openSftp as openSession, type Sftp } from '../ssh/sftp.ts';
import { sha256On } from '../ssh/sha256.ts';
import { cancelled, endWith } from './endings.ts';
import { parsePath } from './path.ts';
import { hasFolders, makeFolders } from './sftp/folders.ts';
import { filesUnder } from './sftp/list.ts';
import { findNaming, type Naming, putFile } from './sftp/put.ts';
import { readFile } from './sftp/read.ts';
import { sftpTrouble } from './sftp/trouble.ts';
import type { Store } from './store.ts';

export interface SftpOptions {
  /** Told once, in a sentence, if the server cannot be made to put files on its disk before it says that they are kept. */
  readonly warn?: (message: string) => void;
}

/** How people are told of such a store. */
export const sftpName = (login: SshLogin, root: string): string => `sftp://${nameOf(login)}${root}`;

/**
 * A store in a folder of another machine, over SFTP. `root` is the absolute path of a folder that is there already: it is
 * never made, so that a volume that is not mounted is noticed. A lost connection fails the calls under way; the next call
 * logs in again. Errors of logging in are those of `openSsh`, and `store-failed` where there is no SFTP or no such folder.
 */
export async function openSftp(
  login: SshLogin,
  root: string,
  { warn = () => {} }: SftpOptions = {},
): Promise<Store & AsyncDisposable> {
  const way = wayTo(login);
  const name = sftpName(login, root);
  const closing = new AbortController();
  let opened: Promise<Opened> | undefined;
  let isToldUnsynced = false;
  /** What a lost connection left half-written, by path; removed once there is another. */
  const left = new Set<string>();
  /** Whether the other machine has not yet failed to read files for us. */
  let isSumming = true;

  /** The session there is, or a new one: one at a time, however many ask. */
  function session(): Promise<Opened> {
    closing.signal.throwIfAborted();
    opened ??= openAt(way.connect(closing.signal), way.name, root, name).then(
      (it) => {
        it.sftp.lost.addEventListener('abort', () => {
          opened = undefined;
        });
        if (it.sftp.lost.aborted) opened = undefined;
        for (const path of left) {
          left.delete(path);
          it.sftp.remove(path).catch(() => {});
        }
        return it;
      },
      (error: unknown) => {
        opened = undefined;
        throw error;
      },
    );
    return opened;
  }

  async function within<Result>(
    action: string,
    signal: AbortSignal | undefined,
    work: (at: Opened, told: (error: unknown) => Promise<Error>) => Promise<Result>,
  ): Promise<Result> {
    const at = await session();
    const told = async (error: unknown): Promise<Error> =>
      signal?.aborted ? cancelled(action, error) : await sftpTrouble(at.sftp, root, action, error);
    const watch = signal && endWhenStuck(signal, at.connection);
    try {
      signal?.throwIfAborted();
      return await work(at, told);
    } catch (error) {
      throw await told(error);
    } finally {
      watch?.[Symbol.dispose]();
    }
  }

  await session();
  return {
    name,

    async put(path, content, { signal } = {}) {
      // Content that fails while folders are made has nobody else listening yet.
      content.on('error', () => {});
      const action = `keep ${shown(path)} in ${name}`;
      try {
        const names = parsePath(path);
        await within(action, signal, async ({ sftp, naming }, told) => {
          const folders = names.slice(0, -1);
          await makeFolders(sftp, root, folders);
          const onLeft = (part: string) => left.add(part);
          const onUnsynced = () => {
            if (!isToldUnsynced)
              warn(`${way.name} does not tell when a file is on its disk: a power cut there may lose it`);
            isToldUnsynced = true;
          };
          const folder = [root, ...folders].join('/');
          if (await putFile(sftp, folder, names.at(-1) ?? '', content, { naming, signal, told, onLeft, onUnsynced }))
            return;
          throw new BackupError('object-exists', `cannot ${action}: there is something of that name already`);
        });
      } catch (error) {
        content.destroy();
        throw error;
      }
    },

    async get(path, { signal } = {}) {
      const action = `read ${shown(path)} from ${name}`;
      const names = parsePath(path);
      return await within(action, signal, async ({ connection, sftp }, told) => {
        const isThere = await hasFolders(sftp, root, names.slice(0, -1));
        const content = isThere ? await readFile(sftp, [root, ...names].join('/'), told) : undefined;
        if (content === undefined) throw new BackupError('object-missing', `cannot ${action}: it is not there`);
        if (signal) {
          endWith(signal, content, (reason) => cancelled(action, reason));
          const stuck = endWhenStuck(signal, connection);
          content.once('close', () => stuck[Symbol.dispose]());
        }
        return content;
      });
    },

    async measure(path, { signal } = {}) {
      const names = parsePath(path);
      return await within(`look at ${shown(path)} in ${name}`, signal, async ({ connection, sftp }) => {
        const target = [root, ...names].join('/');
        const isThere = await hasFolders(sftp, root, names.slice(0, -1));
        const entry = isThere && isSumming ? await sftp.lstat(target) : undefined;
        if (entry?.kind !== 'file') return undefined;
        const sha256 = await sha256On(connection, target, signal);
        if (sha256 === undefined) isSumming = false;
        return sha256 === undefined ? undefined : { sizeBytes: entry.sizeBytes, sha256 };
      });
    },

    async *list(folder) {
      const names = parsePath(folder);
      const { sftp } = await session();
      try {
        if (await hasFolders(sftp, root, names)) yield* filesUnder(sftp, root, names);
      } catch (error) {
        throw await sftpTrouble(sftp, root, `list ${shown(folder)} in ${name}`, error);
      }
    },

    async remove(path) {
      const names = parsePath(path);
      await within(`remove ${shown(path)} from ${name}`, undefined, async ({ sftp }) => {
        const target = [root, ...names].join('/');
        if (!(await hasFolders(sftp, root, names.slice(0, -1)))) return;
        if ((await sftp.lstat(target))?.kind === 'file') await sftp.remove(target);
      });
    },

    async [Symbol.asyncDispose]() {
      // What is left half-written is removed by whoever opens a session.
      if (left.size > 0) await session().catch(() => undefined);
      closing.abort(new BackupError('cancelled', `${name} was closed`));
      const last = await opened?.catch(() => undefined);
      await last?.connection.close();
    },
  };
}

interface Opened {
  readonly connection: Connection;
  readonly sftp: Sftp;
  readonly naming: Naming;
}

async function openAt(dialling: Promise<Connection>, who: string, root: string, name: string): Promise<Opened> {
  const connection = await dialling;
  try {
    const sftp = await openSession(connection, who);
    sftp.lost.addEventListener('abort', () => void connection.close());
    try {
      if ((await sftp.stat(root))?.kind === 'folder') {
        return { connection, sftp, naming: await findNaming(sftp, root) };
      }
    } catch (error) {
      throw await sftpTrouble(sftp, root, `use ${name}`, error);
    }
    throw new BackupError('store-failed', `the folder of ${name} is not there`, {
      hint: 'Make the folder, or mount its volume; it is not made here, so that a missing volume is noticed',
    });
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** How long calls that were called off may take to end by themselves. */
const graceMs = 2_000;

/** A server that does not answer would keep a call for ever: some time after `signal` the connection is closed under it. */
function endWhenStuck(signal: AbortSignal, connection: Connection): Disposable {
  let timer: NodeJS.Timeout | undefined;
  const listening = addAbortListener(signal, () => {
    timer = setTimeout(() => void connection.close(), graceMs);
  });
  return {
    [Symbol.dispose]: () => {
      listening[Symbol.dispose]();
      clearTimeout(timer);
    },
  };
}
