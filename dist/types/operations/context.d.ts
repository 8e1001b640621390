import { type BackupId } from '../backups/ids.ts';
import type { Log } from '../log.ts';
/** What every operation is given from outside, besides its request. */
export interface Context {
    readonly log: Log;
    /** Aborted when the person or the runner wants us to stop: what was begun is undone, then `cancelled` is thrown. */
    readonly signal: AbortSignal;
    readonly now: () => Date;
}
/** A new id for a run: the id of the backup it makes, or the name its copies on the host carry. */
export declare function newRunId(context: Context): BackupId;
