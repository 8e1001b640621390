import type { Site } from '../backups/site.ts';
import type { PublicKey } from '../seal/minisign.ts';
import type { Store } from '../stores/store.ts';
import type { Context } from './context.ts';
import { type StoredCopy } from './copies.ts';
export interface CopyRequest {
    readonly site: Site;
    /** Two or more. */
    readonly stores: readonly Store[];
    /** What a backup must be signed with to be copied. */
    readonly publicKey: PublicKey;
}
export interface CopiedBackup extends StoredCopy {
    readonly backupId: string;
    /** Of the objects that were written. */
    readonly sizeBytes: number;
}
export interface CopyReport {
    readonly operation: 'copy';
    /** `degraded`: some store still lacks a backup that another has whole. */
    readonly status: 'complete' | 'degraded';
    readonly site: string;
    /** One for each backup that a store lacked; those that are everywhere are not named. */
    readonly copied: readonly CopiedBackup[];
    readonly sizeBytes: number;
}
/**
 * Gives every store each backup that is whole in another, oldest first. Objects are copied as they are, sealed; every one is
 * read back, and the signed manifest comes last, so that a copy that was cut off is no copy, and is finished by the next
 * run. Nothing is replaced or removed: what a store has damaged stays so, and is told of.
 */
export declare function copy(request: CopyRequest, context: Context): Promise<CopyReport>;
