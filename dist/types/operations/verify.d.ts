import type { Remote } from '../remote/remote.ts';
import type { Identity } from '../seal/identities.ts';
import type { Context } from './context.ts';
import { type StoredCopy } from './copies.ts';
import { type OpeningRequest } from './sealed-backup.ts';
export interface VerifyRequest extends OpeningRequest {
    /** None: what can be told without opening anything. */
    readonly identities: readonly Identity[];
    /** Where a pg_restore is to read the dumps; none: they are not read. */
    readonly pgRestore: Remote | undefined;
}
export interface VerifyReport {
    readonly operation: 'verify';
    /** `degraded`: a good copy exists, and some store has none. */
    readonly status: 'complete' | 'degraded';
    readonly site: string;
    readonly backupId: string;
    /** One for each store. */
    readonly copies: readonly StoredCopy[];
    readonly manifestDigest: string;
    /** The signature, every size and digest. Always; else `verify` throws. */
    readonly objects: readonly {
        readonly name: string;
        readonly sizeBytes: number;
    }[];
    /**
     * Whether every object but those `unopened` was opened to its last chunk with an identity, the evidence read, and what
     * `open` would unpack found safe and as the evidence has it.
     */
    readonly opened: boolean;
    /** Objects that are for other identities than those given: none, or the keys of Vault. */
    readonly unopened: readonly string[];
    /** Whether pg_restore read each dump to its end. */
    readonly dumpsRead: boolean;
    /** What the chain says: the backup before it is there and is the one it names, is not there any more, or there is none. */
    readonly chain: 'linked' | 'previous-gone' | 'first';
}
/**
 * Proves what can be proven of a backup. Without an identity: the signature, the chain, every size and digest, the
 * header of each object and that its length is possible. With one also: header MAC, every chunk, the evidence, that
 * Vault's storage and the logs can be unpacked to their ends, that its keys are keys, and, if there is a pg_restore, that
 * it reads each dump to its end. Keys of Vault that are for others to open are named, and are no failure.
 */
export declare function verify(request: VerifyRequest, context: Context): Promise<VerifyReport>;
