import { type BackupState } from '../backups/catalog.ts';
import type { Site } from '../backups/site.ts';
import type { PublicKey } from '../seal/minisign.ts';
import type { Store } from '../stores/store.ts';
import type { Context } from './context.ts';
export interface ListRequest {
    readonly site: Site;
    readonly store: Store;
    /** Without it nothing can be called whole, only `unverified`. */
    readonly publicKey: PublicKey | undefined;
}
export interface ListedBackup {
    readonly id: string;
    readonly state: BackupState;
    /** Why it is neither whole nor unverified; null if it is. */
    readonly trouble: string | null;
    readonly madeAt: string;
    readonly reason: 'regular' | 'safety' | null;
    /** The parts that are complete in it. */
    readonly parts: readonly string[];
    readonly sizeBytes: number;
    readonly digest: string | null;
}
export interface ListReport {
    readonly operation: 'list';
    readonly status: 'complete';
    readonly site: string;
    readonly store: string;
    /** Newest first. */
    readonly backups: readonly ListedBackup[];
}
/** What backups of a site there are in a store, from the store alone. Reads manifests, not objects. */
export declare function list({ site, store, publicKey }: ListRequest, context: Context): Promise<ListReport>;
