import type { Readable } from 'node:stream';
import type { ManifestObject } from '../backups/manifest.ts';
import type { Identity } from '../seal/identities.ts';
import { type DatabaseEvidence } from '../sources/postgres/evidence.ts';
import { type SealedBackup } from './sealed-backup.ts';
/** The dump of one database in a backup, with what the evidence says of it. */
export interface KeptDump {
    readonly object: ManifestObject;
    readonly evidence: DatabaseEvidence;
    /** The plain dump, from the start. */
    open(): Promise<Readable>;
}
/** The dumps of `wanted` (none: all) in a backup. Throws if one is not in it, or the manifest and the evidence disagree. */
export declare function chooseDumps(backup: SealedBackup, identities: readonly Identity[], wanted: readonly string[], signal: AbortSignal): Promise<KeptDump[]>;
