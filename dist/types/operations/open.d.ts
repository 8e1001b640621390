import type { Remote } from '../remote/remote.ts';
import type { Identity } from '../seal/identities.ts';
import type { Context } from './context.ts';
import { type OpeningRequest } from './sealed-backup.ts';
export interface OpenRequest extends OpeningRequest {
    readonly identities: readonly Identity[];
    /** An existing folder to write into. Nothing in it is replaced. */
    readonly folder: string;
    /** Name of one object (with or without `.age`); undefined: all of them. */
    readonly object: string | undefined;
    /** Where a pg_restore turns dumps into SQL under the names of CanDIG's guide; undefined: dumps stay dumps. */
    readonly pgRestore: Remote | undefined;
}
export interface OpenReport {
    readonly operation: 'open';
    readonly status: 'complete';
    readonly site: string;
    readonly backupId: string;
    /** Paths of the plain files. */
    readonly files: readonly string[];
}
/** Writes the plain objects of a verified backup into a folder, each whole or not at all, readable by its owner only. */
export declare function open(request: OpenRequest, context: Context): Promise<OpenReport>;
