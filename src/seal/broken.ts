import { BackupError } from '../errors.ts';

/** The error for a sealed file that is not what its sealer wrote. `why` is a clause without secrets. */
export function sealBroken(why: string): BackupError {
  return new BackupError('seal-broken', `sealed file is broken: ${why}`);
}
