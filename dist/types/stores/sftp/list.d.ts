import type { Sftp } from '../../ssh/sftp.ts';
import type { StoredObject } from '../store.ts';
/** The regular files with object names in the folder `names` under `root` and below; links are not followed. */
export declare function filesUnder(sftp: Sftp, root: string, names: readonly string[]): AsyncGenerator<StoredObject>;
