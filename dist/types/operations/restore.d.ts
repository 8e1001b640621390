import type { PartName } from '../backups/manifest.ts';
import type { Identity } from '../seal/identities.ts';
import { type AuthorizationReport, type AuthorizationRequest } from './authorization.ts';
import { type Context } from './context.ts';
import { type ReadinessRequest } from './readiness.ts';
import { type OpeningRequest } from './sealed-backup.ts';
import { type Host } from './site-access.ts';
export interface RestoreRequest extends OpeningRequest, ReadinessRequest, AuthorizationRequest {
    readonly host: Host;
    /** What of the site; `logs` are not restored. */
    readonly include: readonly PartName[];
    readonly identities: readonly Identity[];
    /** Names of databases in the backup; none: all of them. */
    readonly databases: readonly string[];
    /** Services to stop besides those that are found. */
    readonly services: readonly string[];
    /** Must be the site's name. */
    readonly confirm: string;
}
export interface RestoreReport {
    readonly operation: 'restore';
    readonly status: 'complete';
    readonly site: string;
    readonly backupId: string;
    /** The run, as the kept copies are marked with it. */
    readonly runId: string;
    readonly databases: readonly string[];
    /** Null: authorization was left as it is. */
    readonly authorization: AuthorizationReport | null;
    readonly services: readonly string[];
    /** How long the site was out. */
    readonly outageMs: number;
    readonly servicesMs: number;
    /** Loading and analysing the staged copies, beside the living site. */
    readonly loadingMs: number;
    /** Comparing them with the evidence. */
    readonly checkingMs: number;
    /** Copies of what lived before, to roll back to, and their size; from this and from earlier runs. */
    readonly previous: readonly {
        readonly runId: string;
        readonly at: string;
        readonly sizeBytes: number;
    }[];
    readonly healed: readonly string[];
}
/**
 * Verify, stage beside the living site, check, swap in one short outage, start, and back if the site is not well.
 * No failure before the swap changes anything that lives; after a failure in it everything is as it was.
 */
export declare function restore(request: RestoreRequest, context: Context): Promise<RestoreReport>;
