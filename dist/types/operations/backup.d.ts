import type { PartName } from '../backups/manifest.ts';
import type { Site } from '../backups/site.ts';
import { type ErrorCode } from '../errors.ts';
import type { SigningKey } from '../seal/minisign.ts';
import type { Recipient } from '../seal/recipients.ts';
import type { Store } from '../stores/store.ts';
import { type Context } from './context.ts';
import { type StoredCopy } from './copies.ts';
import { type ObjectReport } from './keep-object.ts';
import { type Host } from './site-access.ts';
export interface BackupRequest {
    readonly site: Site;
    readonly host: Host;
    /** What of the site; at least one. */
    readonly include: readonly PartName[];
    /** Names of databases; none: all that are the site's own. */
    readonly databases: readonly string[];
    readonly recipients: readonly Recipient[];
    /** Who can open the keys of Vault, which open what lies beside them; undefined: the same. */
    readonly vaultKeysRecipients: readonly Recipient[] | undefined;
    /** Being read since the start: an encrypted key takes seconds. */
    readonly signingKey: Promise<SigningKey>;
    /** At least one; each gets a copy of its own. */
    readonly stores: readonly Store[];
}
export interface PartReport {
    readonly name: PartName;
    /** `incomplete`: kept, without something that was there to be had. */
    readonly status: 'complete' | 'incomplete' | 'failed';
    /** Why it failed. */
    readonly code: ErrorCode | null;
    /** Why it is not complete. */
    readonly message: string | null;
    /** What of it is not in the backup, or not as it should be; counts, no names of files. */
    readonly gaps: readonly string[];
}
export interface BackupReport {
    readonly operation: 'backup';
    /** `degraded`: what is complete in it is good, and a part or a copy that was asked for is not. */
    readonly status: 'complete' | 'degraded';
    readonly site: string;
    readonly backupId: string;
    readonly copies: readonly StoredCopy[];
    /** SHA-256 of the manifest: what `expect-digest` and the next backup's chain name. */
    readonly manifestDigest: string;
    readonly previous: string | null;
    readonly startedAt: string;
    readonly finishedAt: string;
    readonly sizeBytes: number;
    readonly parts: readonly PartReport[];
    readonly objects: readonly ObjectReport[];
    readonly healed: readonly string[];
}
/**
 * Makes one backup: dumps what is asked for side by side, seals and keeps each object as it comes, reads everything back,
 * and writes the signed manifest last. A part that fails makes the backup degraded; if all fail there is no manifest, and
 * so no backup. A connection that is lost on the way is worth one more try, from the start and under a new id.
 */
export declare function backup(request: BackupRequest, context: Context): Promise<BackupReport>;
