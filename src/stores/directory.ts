import { constants } from 'node:fs';
import { access, realpath, stat, unlink } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { BackupError } from '../errors.ts';
import { shown } from '../shown.ts';
import { entryAt, hasFolders, makeFolders, syncFolders } from './directory/folders.ts';
import { putFile } from './directory/put.ts';
import { filesUnder, readFileAt } from './directory/read.ts';
import { storeTrouble } from './directory/trouble.ts';
import { cancelled, endWith } from './endings.ts';
import { parsePath } from './path.ts';
import type { Store } from './store.ts';

/** How people are told of such a store. */
export const directoryName = (root: string): string => `directory:${root}`;

/**
 * A store in a folder of this machine. `root` is the absolute path of a folder that is there already: it is never
 * made, so that a volume that is not mounted is noticed. Files are 0600 and folders 0700. It needs a file system with
 * hard links, the one way to give a finished file its name and never replace another.
 *
 * Throws `input-invalid` for a path that is not absolute and `store-failed` for a folder that cannot be used.
 */
export async function openDirectory(root: string): Promise<Store> {
  const base = await parseRoot(root);
  const name = directoryName(root);

  return {
    name,

    async put(path, content, { signal } = {}) {
      const action = `keep ${shown(path)} in ${name}`;
      // Content that fails while folders are made has nobody else listening yet.
      content.on('error', () => {});
      try {
        signal?.throwIfAborted();
        const names = parsePath(path);
        const folders = names.slice(0, -1);
        const target = join(base, ...names);
        await makeFolders(base, folders);
        if ((await entryAt(target)) || !(await putFile(target, content, signal))) {
          throw new BackupError('object-exists', `cannot ${action}: there is something of that name already`);
        }
        await syncFolders(base, folders).catch(async (error: unknown) => {
          // Not known to be durable, so it must not be there: whoever reads the error takes it for absent.
          await unlink(target).catch(() => {});
          throw error;
        });
      } catch (error) {
        content.destroy();
        throw told(action, error, signal);
      }
    },

    async get(path, { signal } = {}) {
      const action = `read ${shown(path)} from ${name}`;
      const names = parsePath(path);
      try {
        signal?.throwIfAborted();
        const isThere = await hasFolders(base, names.slice(0, -1));
        const content = isThere
          ? await readFileAt(join(base, ...names), (error) => told(action, error, signal))
          : undefined;
        if (content === undefined) throw new BackupError('object-missing', `cannot ${action}: it is not there`);
        if (signal) endWith(signal, content, (reason) => cancelled(action, reason));
        return content;
      } catch (error) {
        throw told(action, error, signal);
      }
    },

    async *list(folder) {
      const names = parsePath(folder);
      try {
        if (await hasFolders(base, names)) yield* filesUnder(base, names);
      } catch (error) {
        throw told(`list ${shown(folder)} in ${name}`, error);
      }
    },

    async remove(path) {
      const names = parsePath(path);
      const folders = names.slice(0, -1);
      const target = join(base, ...names);
      try {
        if (!(await hasFolders(base, folders)) || !(await entryAt(target))?.isFile()) return;
        await unlink(target);
        await syncFolders(base, folders);
      } catch (error) {
        throw told(`remove ${shown(path)} from ${name}`, error);
      }
    },
  };
}

function told(action: string, error: unknown, signal?: AbortSignal): Error {
  return signal?.aborted ? cancelled(action, error) : storeTrouble(action, error);
}

/** The folder `root` leads to, once its links are followed: it stays that one whatever becomes of them. */
async function parseRoot(root: string): Promise<string> {
  const isPlain = isAbsolute(root) && !root.split('/').includes('..') && !/\p{Cc}/u.test(root);
  if (!isPlain) {
    throw new BackupError('input-invalid', `not an absolute path of a folder: ${shown(root)}`, {
      hint: 'Give the whole path, starting with / and without ..',
    });
  }
  try {
    const base = await realpath(root);
    if (!(await stat(base)).isDirectory()) throw new BackupError('store-failed', `${root} is not a folder`);
    await access(base, constants.R_OK | constants.X_OK);
    return base;
  } catch (error) {
    if (error instanceof BackupError) throw error;
    throw new BackupError('store-failed', `the folder ${root} is not there or cannot be read`, {
      hint: 'Make the folder, or mount its volume; it is not made here, so that a missing volume is noticed',
      cause: error,
    });
  }
}
