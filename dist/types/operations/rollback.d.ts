import type { Site } from '../backups/site.ts';
import type { AuthorizationMode } from './authorization.ts';
import { type Context } from './context.ts';
import { type Host } from './site-access.ts';
export interface RollbackRequest {
    readonly site: Site;
    readonly host: Host;
    /** Services to stop besides those that are found. */
    readonly services: readonly string[];
    /** Must be the site's name. */
    readonly confirm: string;
}
export interface RollbackReport {
    readonly operation: 'rollback';
    readonly status: 'complete';
    readonly site: string;
    readonly runId: string;
    /** The run whose swap this undid. */
    readonly undone: string;
    readonly databases: readonly string[];
    /** How authorization was put back; null: it was left as it is. */
    readonly authorization: AuthorizationMode | null;
    readonly services: readonly string[];
    readonly outageMs: number;
    readonly servicesMs: number;
}
/**
 * Puts the newest previous copies back in the place of what lives, the way a restore swaps: databases and authorization
 * of the same run together. What lived until now is kept in its turn, so a rollback can be rolled back.
 */
export declare function rollback(request: RollbackRequest, context: Context): Promise<RollbackReport>;
