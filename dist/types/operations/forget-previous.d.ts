import type { Site } from '../backups/site.ts';
import { type Context } from './context.ts';
import { type Host } from './site-access.ts';
export interface ForgetPreviousRequest {
    readonly site: Site;
    readonly host: Host;
    /** Must be the site's name. */
    readonly confirm: string;
}
export interface ForgetPreviousReport {
    readonly operation: 'forget-previous';
    readonly status: 'complete';
    readonly site: string;
    /** Names of the databases dropped. */
    readonly forgotten: readonly string[];
    /** How many earlier states of authorization were dropped. */
    readonly authorization: number;
    readonly sizeBytes: number;
}
/** Drops, for good, every copy that restores and rollbacks have kept on the host. Without any, it does nothing. */
export declare function forgetPrevious(request: ForgetPreviousRequest, context: Context): Promise<ForgetPreviousReport>;
