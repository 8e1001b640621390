import { type SshLogin } from '../ssh/login.ts';
import type { Store } from './store.ts';
export interface SftpOptions {
    /** Told once, in a sentence, if the server cannot be made to put files on its disk before it says that they are kept. */
    readonly warn?: (message: string) => void;
}
/** How people are told of such a store. */
export declare const sftpName: (login: SshLogin, root: string) => string;
/**
 * A store in a folder of another machine, over SFTP. `root` is the absolute path of a folder that is there already: it is
 * never made, so that a volume that is not mounted is noticed. A lost connection fails the calls under way; the next call
 * logs in again. Errors of logging in are those of `openSsh`, and `store-failed` where there is no SFTP or no such folder.
 */
export declare function openSftp(login: SshLogin, root: string, { warn }?: SftpOptions): Promise<Store & AsyncDisposable>;
