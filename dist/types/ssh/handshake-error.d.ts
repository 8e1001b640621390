import { BackupError } from '../errors.ts';
import type { PrivateKey } from './private-key.ts';
interface Whom {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly key: PrivateKey;
    readonly readyTimeoutMs: number;
}
/**
 * What ssh2's `cause` means before the login was done; no cause: the other side hung up. Nothing the other side wrote
 * gets into the message but names of algorithms. `opening` is what it sent in the clear, or undefined once keys were
 * exchanged: then it was the login that went wrong.
 */
export declare function handshakeError(whom: Whom, opening: Buffer | undefined, cause: Error | undefined): BackupError;
/** What to keep of ssh2's error: nothing of a disconnect message, whose text the other side wrote. */
export declare function causeOf(cause: Error | undefined): {
    readonly cause?: Error;
};
export {};
