import { BackupError } from '../../errors.ts';
import { type Sftp, SftpError, sftpStatus } from '../../ssh/sftp.ts';
import { cutOff } from '../endings.ts';

/** Less room than this, and a write that failed did so for lack of it. */
const littleBytes = 1024 * 1024;

const words: Readonly<Record<number, string>> = {
  [sftpStatus.noSuchFile]: 'the folder is gone',
  [sftpStatus.denied]: 'permission denied',
  [sftpStatus.unsupported]: 'the server does not offer what it takes',
};

/**
 * The server's refusal, met while doing `action`, as ours: `disk-full` or `store-failed`. For most reasons a server says
 * only that it failed, so it is asked what room there is under `root`. Anything else is given back as it is.
 */
export async function sftpTrouble(sftp: Sftp, root: string, action: string, error: unknown): Promise<Error> {
  if (error instanceof BackupError) return error;
  if (error instanceof SftpError) {
    const why = words[error.status] ?? (await failureOn(sftp, root));
    return new BackupError(why === 'the disk is full' ? 'disk-full' : 'store-failed', `cannot ${action}: ${why}`, {
      cause: error,
    });
  }
  const cut = cutOff(action, error);
  if (cut !== undefined) return cut;
  return error instanceof Error ? error : new Error(`cannot ${action}`, { cause: error });
}

async function failureOn(sftp: Sftp, root: string): Promise<string> {
  const space = await sftp.space(root).catch(() => undefined);
  if (space?.isReadOnly) return 'the file system is read-only';
  if (space !== undefined && (space.freeBytes < littleBytes || space.freeFiles < 1)) return 'the disk is full';
  return 'the server says no more than that it failed; a quota may be used up';
}
