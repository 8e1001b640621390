import { type CatalogEntry } from '../backups/catalog.ts';
import type { Site } from '../backups/site.ts';
import { type BackupError } from '../errors.ts';
import type { PublicKey } from '../seal/minisign.ts';
import type { Store } from '../stores/store.ts';
import type { Context } from './context.ts';
/** What lies in one store. */
export interface Catalog {
    readonly store: Store;
    readonly entries: readonly CatalogEntry[];
}
export interface Catalogs {
    /** Of those that could be read, in their order. */
    readonly read: readonly Catalog[];
    readonly unread: readonly {
        readonly store: Store;
        readonly reason: BackupError;
    }[];
}
/** What lies in each store. One that cannot be read is told of; rejects if none can. */
export declare function listEverywhere(stores: readonly Store[], site: Site, publicKey: PublicKey | undefined, { log }: Context): Promise<Catalogs>;
/** Every backup once, newest first: as the nearest store has it in which it is in the best state. */
export declare function together(catalogs: readonly Catalog[]): CatalogEntry[];
