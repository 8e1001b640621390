import { type Sftp } from '../../ssh/sftp.ts';
/**
 * Whether the folders `names`, one inside the other, are there under `root`. A link among them is `store-failed`:
 * whoever planted it would choose what is read or written.
 */
export declare function hasFolders(sftp: Sftp, root: string, names: readonly string[]): Promise<boolean>;
/** Sees to it that the folders `names`, one inside the other, are there under `root`, for their owner alone. */
export declare function makeFolders(sftp: Sftp, root: string, names: readonly string[]): Promise<void>;
