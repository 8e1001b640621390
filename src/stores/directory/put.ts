import { randomBytes } from 'node:crypto';
import { type FileHandle, link, open, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BackupError } from '../../errors.ts';
import { systemCode } from './trouble.ts';

/**
 * Writes `content` into a new file `target`, whole and synced or not at all; the folder's own sync is left to the
 * caller. False when something has the name already, and nothing is changed then. Until it is whole, the bytes lie
 * beside it in a file whose name starts with a dot, which is no name of an object.
 */
export async function putFile(target: string, content: Readable, signal: AbortSignal | undefined): Promise<boolean> {
  const part = join(dirname(target), `.part-${randomBytes(8).toString('hex')}`);
  const file = await open(part, 'wx', 0o600);
  try {
    try {
      await fill(file, content, signal);
      await file.sync();
    } finally {
      await file.close();
    }
    signal?.throwIfAborted();
    return await named(part, target);
  } finally {
    // Also after success: the object has its own name by now. Trouble here changes nothing about it.
    await unlink(part).catch(() => {});
  }
}

async function fill(file: FileHandle, content: Readable, signal: AbortSignal | undefined): Promise<void> {
  const write = async (chunks: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of chunks) await file.writeFile(chunk);
  };
  await pipeline(content, write, signal ? { signal } : {});
}

/** `link` is the one call that names a file and never replaces another: `rename` would. */
async function named(part: string, target: string): Promise<boolean> {
  try {
    await link(part, target);
    return true;
  } catch (error) {
    switch (systemCode(error)) {
      case 'EEXIST':
        return false;
      case 'EPERM':
      case 'ENOTSUP':
      case 'ENOSYS':
        throw new BackupError('store-failed', `the file system of ${dirname(target)} has no hard links`, {
          hint: 'Choose a folder on a file system with hard links, such as ext4, XFS, Btrfs, ZFS or NFS',
          cause: error,
        });
      default:
        throw error;
    }
  }
}
