import { constants, type Stats } from 'node:fs';
import { lstat, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError } from '../../errors.ts';
import { systemCode } from './trouble.ts';

/** What stands at `path`, links not followed; undefined when nothing does. */
export async function entryAt(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/**
 * Whether the folders `names`, one inside the other, are there under `base`. A symbolic link among them is
 * `store-failed`: whoever planted it would choose what is read or written.
 */
export async function hasFolders(base: string, names: readonly string[]): Promise<boolean> {
  for (const path of nested(base, names)) {
    if (!(await isFolder(path))) return false;
  }
  return true;
}

/**
 * Sees to it that the folders `names`, one inside the other, are there under `base`, for their owner alone. What
 * stands in the way, a file or a symbolic link, is `store-failed`.
 */
export async function makeFolders(base: string, names: readonly string[]): Promise<void> {
  for (const path of nested(base, names)) {
    await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
      if (systemCode(error) !== 'EEXIST') throw error;
    });
    if (!(await isFolder(path))) throw new BackupError('store-failed', `${path} is not a folder`);
  }
}

/**
 * Makes names in the folders `names` under `base`, and in `base`, survive a power cut. All of them each time: a
 * folder that is there already may have been made a moment ago by another put that has not got to this yet.
 */
export async function syncFolders(base: string, names: readonly string[]): Promise<void> {
  for (const path of [base, ...nested(base, names)].reverse()) {
    const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      await folder.sync();
    } catch (error) {
      // Some network file systems know no sync of a folder: there the server keeps names by itself.
      if (systemCode(error) !== 'EINVAL') throw error;
    } finally {
      await folder.close();
    }
  }
}

async function isFolder(path: string): Promise<boolean> {
  const entry = await entryAt(path);
  if (entry?.isSymbolicLink()) {
    throw new BackupError('store-failed', `the folder ${path} is a symbolic link, which is not followed`);
  }
  return entry?.isDirectory() ?? false;
}

function nested(base: string, names: readonly string[]): string[] {
  return names.map((_, index) => join(base, ...names.slice(0, index + 1)));
}
