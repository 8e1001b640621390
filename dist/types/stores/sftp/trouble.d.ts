import { type Sftp } from '../../ssh/sftp.ts';
/**
 * The server's refusal, met while doing `action`, as ours: `disk-full` or `store-failed`. For most reasons a server says
 * only that it failed, so it is asked what room there is under `root`. Anything else is given back as it is.
 */
export declare function sftpTrouble(sftp: Sftp, root: string, action: string, error: unknown): Promise<Error>;
