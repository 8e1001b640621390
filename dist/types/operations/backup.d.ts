import type { Site } from '../backups/site.ts';
import type { SigningKey } from '../seal/minisign.ts';
import type { Recipient } from '../seal/recipients.ts';
import type { Store } from '../stores/store.ts';
import { type Context } from './context.ts';
import { type Host } from './site-access.ts';
export interface BackupRequest {
    readonly site: Site;
    readonly host: Host;
    /** Names of databases; none: all that are the site's own. */
    readonly databases: readonly string[];
    readonly recipients: readonly Recipient[];
    /** Being read since the start: an encrypted key takes seconds. */
    readonly signingKey: Promise<SigningKey>;
    readonly store: Store;
}
export interface ObjectReport {
    readonly name: string;
    readonly sizeBytes: number;
    /** How much was dumped into it, before sealing. */
    readonly plainBytes: number;
    readonly durationMs: number;
}
export interface BackupReport {
    readonly operation: 'backup';
    readonly status: 'complete';
    readonly site: string;
    readonly backupId: string;
    readonly store: string;
    /** SHA-256 of the manifest: what `expect-digest` and the next backup's chain name. */
    readonly manifestDigest: string;
    readonly previous: string | null;
    readonly startedAt: string;
    readonly finishedAt: string;
    readonly sizeBytes: number;
    readonly objects: readonly ObjectReport[];
    readonly healed: readonly string[];
}
/**
 * Makes one backup: dumps the databases side by side, seals and keeps each as it comes, reads everything back, and
 * writes the signed manifest last. If anything fails there is no manifest, and so no backup. A connection that is lost
 * on the way is worth one more try, from the start and under a new id.
 */
export declare function backup(request: BackupRequest, context: Context): Promise<BackupReport>;
