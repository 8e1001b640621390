import type { Remote } from '../remote/remote.ts';
import type { Identity } from '../seal/identities.ts';
import type { Context } from './context.ts';
import { type OpeningRequest } from './sealed-backup.ts';
export interface OpenRequest extends OpeningRequest {
    readonly identities: readonly Identity[];
    /** An existing folder to write into. Nothing in it is replaced. */
    readonly folder: string;
    /** Name of one object (with or without `.age`), written as it is; undefined: all of them, ready to be used. */
    readonly object: string | undefined;
    /** Where a pg_restore turns dumps into SQL under the names of CanDIG's guide; undefined: dumps stay dumps. */
    readonly pgRestore: Remote | undefined;
}
export interface OpenReport {
    readonly operation: 'open';
    readonly status: 'complete';
    readonly site: string;
    readonly backupId: string;
    /** Paths of the plain files, and of the folder of logs. */
    readonly files: readonly string[];
    /** Objects that are for other identities than those given: none, or the keys of Vault. */
    readonly unopened: readonly string[];
}
/**
 * Writes the plain objects of a verified backup into a folder, each whole or not at all, readable by its owner only.
 * Without a choice of one, authorization becomes the `restore.tar.gz` of CanDIG's own restore, and logs are unpacked.
 */
export declare function open(request: OpenRequest, context: Context): Promise<OpenReport>;
