import { BackupError } from '../errors.ts';
/** The error for a sealed file that is not what its sealer wrote. `why` is a clause without secrets. */
export declare function sealBroken(why: string): BackupError;
