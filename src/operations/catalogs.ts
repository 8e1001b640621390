import { type CatalogEntry, listBackups } from '../backups/catalog.ts';
import type { Site } from '../backups/site.ts';
import { isBackupError } from '../errors.ts';
import type { PublicKey } from '../seal/minisign.ts';
import type { Store } from '../stores/store.ts';
import type { Context } from './context.ts';

/** What lies in one store. */
export interface Catalog {
  readonly store: Store;
  readonly entries: readonly CatalogEntry[];
}

/** What lies in each store, in their order. One that cannot be read is told of and left out; rejects if none can. */
export async function listEverywhere(
  stores: readonly Store[],
  site: Site,
  publicKey: PublicKey | undefined,
  { log }: Context,
): Promise<Catalog[]> {
  const work = stores.map(async (store) => ({ store, entries: await listBackups(store, site, publicKey) }));
  const outcomes = await Promise.allSettled(work);
  const failed = outcomes.flatMap((it) => (it.status === 'rejected' ? [it.reason as unknown] : []));
  for (const reason of failed) {
    if (failed.length === stores.length || !isBackupError(reason)) throw reason;
    log.warn(`${reason.message}; what it has is not known`);
  }
  return outcomes.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
}

/** Every backup once, newest first: as the nearest store has it in which it is in the best state. */
export function together(catalogs: readonly (readonly CatalogEntry[])[]): CatalogEntry[] {
  const best = new Map<string, CatalogEntry>();
  for (const entry of catalogs.flat()) {
    const other = best.get(entry.id);
    if (other === undefined || rank[entry.state] < rank[other.state]) best.set(entry.id, entry);
  }
  return [...best.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
}

const rank = { whole: 0, unverified: 1, incomplete: 2, damaged: 3, forged: 4 } as const;
