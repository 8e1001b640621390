import type { BackupId } from '../backups/ids.ts';
import type { Site } from '../backups/site.ts';
import type { Identity } from '../seal/identities.ts';
import type { PublicKey } from '../seal/minisign.ts';
import type { Store } from '../stores/store.ts';
import { type AuthorizationReport, type AuthorizationRequest } from './authorization.ts';
import { type Context } from './context.ts';
import type { Host } from './site-access.ts';
export interface PlanRequest extends AuthorizationRequest {
    readonly site: Site;
    readonly host: Host;
    readonly databases: readonly string[];
    readonly services: readonly string[];
    /** None: the plan is about the host only. */
    readonly stores: readonly Store[];
    readonly publicKey: PublicKey | undefined;
    readonly backup: 'latest' | BackupId;
    /** Whether the keys of Vault are to have recipients of their own. */
    readonly vaultKeysApart: boolean;
    /** None, or no stores or public key: authorization is not compared. */
    readonly identities: readonly Identity[];
}
export interface PlanReport {
    readonly operation: 'plan';
    readonly status: 'complete';
    readonly site: string;
    readonly host: string;
    readonly containers: readonly {
        readonly name: string;
        readonly service: string;
        readonly state: string;
        readonly image: string;
        /** What happens to it in a restore: it is stopped, or asked for data, or left alone. */
        readonly role: 'database' | 'stopped' | 'left';
        /** Whether it gives data now; null if it is not one that is asked. */
        readonly well: boolean | null;
    }[];
    readonly postgresVersion: string;
    readonly databases: readonly {
        readonly name: string;
        readonly sizeBytes: number;
    }[];
    /** Where PostgreSQL's data lie; null if it cannot be told. */
    readonly freeBytes: number | null;
    /** What staging all databases at their present size would take. */
    readonly neededBytes: number;
    /** Between what stopping and starting takes at best, and when a service waits out Docker's 10 s before it stops. */
    readonly expectedOutageSeconds: readonly [atLeast: number, atMost: number];
    readonly outsideSessions: number;
    /** Copies that restores and rollbacks kept. */
    readonly previous: readonly {
        readonly runId: string;
        readonly at: string;
        readonly sizeBytes: number;
    }[];
    /** The run whose traces the next run will put right, if one was cut off. */
    readonly unfinishedRun: string | null;
    /** The newest backup of the databases, which a restore takes; null if there is none, or no stores were given. */
    readonly newestBackup: string | null;
    /** False: whoever can open the authorization data in a backup can open the keys beside it; null: there is no Vault. */
    readonly vaultKeysApart: boolean | null;
    /** What a restore would change of authorization; null if it was not compared. */
    readonly authorization: AuthorizationReport | null;
}
/** What a backup would take and what a restore would do to the site. Changes nothing and takes no lock. */
export declare function plan(request: PlanRequest, context: Context): Promise<PlanReport>;
