import type { Identity } from '../seal/identities.ts';
import type { Context } from './context.ts';
import type { KeptLog } from './kept-logs.ts';
import type { SealedBackup } from './sealed-backup.ts';
/**
 * Writes one log of a backup: the log folder unpacked as the folder `logs`, what Docker had kept of a service as
 * `<service>.log` beside it. `check-failed`, with nothing written, unless it is what the evidence says and safe to unpack.
 */
export declare function openLog(backup: SealedBackup, { object, evidence }: KeptLog, { identities, folder }: {
    readonly identities: readonly Identity[];
    readonly folder: string;
}, { signal }: Context): Promise<string>;
