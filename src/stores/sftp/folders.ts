import { BackupError } from '../../errors.ts';
import { type Sftp, SftpError } from '../../ssh/sftp.ts';

/**
 * Whether the folders `names`, one inside the other, are there under `root`. A link among them is `store-failed`:
 * whoever planted it would choose what is read or written.
 */
export async function hasFolders(sftp: Sftp, root: string, names: readonly string[]): Promise<boolean> {
  for (const path of nested(root, names)) {
    const entry = await sftp.lstat(path);
    if (entry?.kind === 'other') throw notFollowed(path);
    if (entry?.kind !== 'folder') return false;
  }
  return true;
}

/** Sees to it that the folders `names`, one inside the other, are there under `root`, for their owner alone. */
export async function makeFolders(sftp: Sftp, root: string, names: readonly string[]): Promise<void> {
  for (const path of nested(root, names)) {
    if ((await sftp.lstat(path)) === undefined) {
      await sftp.makeFolder(path).catch(async (error: unknown) => {
        // Somebody may have made it meanwhile; the server does not say that this is why it failed.
        if (!(error instanceof SftpError) || (await sftp.lstat(path)) === undefined) throw error;
      });
    }
    const entry = await sftp.lstat(path);
    if (entry?.kind === 'other') throw notFollowed(path);
    if (entry?.kind !== 'folder') throw new BackupError('store-failed', `${path} is not a folder`);
  }
}

function notFollowed(path: string): BackupError {
  return new BackupError('store-failed', `${path} is neither a folder nor a file; links are not followed`);
}

function nested(root: string, names: readonly string[]): string[] {
  return names.map((_, index) => [root, ...names.slice(0, index + 1)].join('/'));
}
