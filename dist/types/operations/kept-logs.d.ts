import type { ManifestObject } from '../backups/manifest.ts';
import type { Identity } from '../seal/identities.ts';
import { type LogsEvidence } from '../sources/logs/evidence.ts';
import { type SealedBackup } from './sealed-backup.ts';
/** One object of logs in a backup, with what the evidence says of it. */
export interface KeptLog {
    readonly object: ManifestObject;
    readonly evidence: LogsEvidence;
}
/** The logs in a backup, none if it has none. `manifest-invalid` if the manifest and the evidence disagree. */
export declare function chooseLogs(backup: SealedBackup, identities: readonly Identity[], signal: AbortSignal): Promise<KeptLog[]>;
