import { BackupError } from '../../errors.ts';
import { cutOff } from '../endings.ts';

/** What a file system says, in plain words. Anything not here is shown by its name, e.g. `EIO`. */
const words: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  EIO: 'the disk reported an error',
  ELOOP: 'it is a symbolic link, which is not followed',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the name is too long for the file system',
  ENOENT: 'the folder is gone',
  ENOTDIR: 'a file stands where a folder is needed',
  ESTALE: 'the network file system lost track of it',
};

/** The system's short name for what went wrong (`ENOENT`), or undefined when `error` is not the system's. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/**
 * The file system's `error`, met while doing `action` (e.g. `keep a/b in directory:/backups`), as ours: `disk-full`
 * or `store-failed`. What is not an error of the system (ours already, or a defect) is given back as it is.
 */
export function storeTrouble(action: string, error: unknown): Error {
  const code = systemCode(error);
  if (error instanceof BackupError) return error;
  const cut = cutOff(action, error);
  if (cut !== undefined) return cut;
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) {
    return error instanceof Error ? error : new Error(`cannot ${action}`, { cause: error });
  }
  if (code === 'ENOSPC') return new BackupError('disk-full', `cannot ${action}: the disk is full`, { cause: error });
  if (code === 'EDQUOT') {
    return new BackupError('disk-full', `cannot ${action}: the disk quota is used up`, { cause: error });
  }
  return new BackupError('store-failed', `cannot ${action}: ${words[code] ?? code}`, { cause: error });
}
