import type { Remote } from '../remote/remote.ts';
import type { Identity } from '../seal/identities.ts';
import type { Context } from './context.ts';
import { type OpeningRequest } from './sealed-backup.ts';
export interface VerifyRequest extends OpeningRequest {
    /** None: what can be told without opening anything. */
    readonly identities: readonly Identity[];
    /** Where a pg_restore is to read the dumps; none: they are not read. */
    readonly pgRestore: Remote | undefined;
}
export interface VerifyReport {
    readonly operation: 'verify';
    readonly status: 'complete';
    readonly site: string;
    readonly backupId: string;
    readonly manifestDigest: string;
    /** The signature, every size and digest. Always; else `verify` throws. */
    readonly objects: readonly {
        readonly name: string;
        readonly sizeBytes: number;
    }[];
    /** Whether every object was opened to its last chunk with an identity, and the evidence read. */
    readonly opened: boolean;
    /** Whether pg_restore read each dump to its end. */
    readonly dumpsRead: boolean;
    /** What the chain says: the backup before it is there and is the one it names, is not there any more, or there is none. */
    readonly chain: 'linked' | 'previous-gone' | 'first';
}
/**
 * Proves what can be proven of a backup. Without an identity: the signature, the chain, every size and digest, the
 * header of each object and that its length is possible. With one also: header MAC, every chunk, the evidence, and, if
 * there is a pg_restore, that it reads each dump to its end.
 */
export declare function verify(request: VerifyRequest, context: Context): Promise<VerifyReport>;
