import { type CatalogEntry } from '../backups/catalog.ts';
import type { Site } from '../backups/site.ts';
import type { PublicKey } from '../seal/minisign.ts';
import type { Store } from '../stores/store.ts';
import type { Context } from './context.ts';
/** What lies in one store. */
export interface Catalog {
    readonly store: Store;
    readonly entries: readonly CatalogEntry[];
}
/** What lies in each store, in their order. One that cannot be read is told of and left out; rejects if none can. */
export declare function listEverywhere(stores: readonly Store[], site: Site, publicKey: PublicKey | undefined, { log }: Context): Promise<Catalog[]>;
/** Every backup once, newest first: as the nearest store has it in which it is in the best state. */
export declare function together(catalogs: readonly (readonly CatalogEntry[])[]): CatalogEntry[];
