import { type CatalogEntry, listBackups } from '../backups/catalog.ts';
import type { Site } from '../backups/site.ts';
import { type BackupError, isBackupError } from '../errors.ts';
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
  readonly unread: readonly { readonly store: Store; readonly reason: BackupError }[];
}

/** What lies in each store. One that cannot be read is told of; rejects if none can. */
export async function listEverywhere(
  stores: readonly Store[],
  site: Site,
  publicKey: PublicKey | undefined,
  { log }: Context,
): Promise<Catalogs> {
  const work = stores.map(async (store) => ({ store, entries: await listBackups(store, site, publicKey) }));
  const outcomes = await Promise.allSettled(work);
  const read: Catalog[] = [];
  const unread: { store: Store; reason: BackupError }[] = [];
  for (const [at, store] of stores.entries()) {
    const outcome = outcomes[at];
    if (outcome?.status === 'fulfilled') read.push(outcome.value);
    else if (isBackupError(outcome?.reason)) unread.push({ store, reason: outcome.reason });
    else throw outcome?.reason;
  }
  const [first] = unread;
  if (read.length === 0 && first !== undefined) throw first.reason;
  for (const { reason } of unread) log.warn(`${reason.message}; what it has is not known`);
  return { read, unread };
}

/** Every backup once, newest first: as the nearest store has it in which it is in the best state. */
export function together(catalogs: readonly Catalog[]): CatalogEntry[] {
  const best = new Map<string, CatalogEntry>();
  for (const entry of catalogs.flatMap(({ entries }) => entries)) {
    const other = best.get(entry.id);
    if (other === undefined || rank[entry.state] < rank[other.state]) best.set(entry.id, entry);
  }
  return [...best.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
}

const rank = { whole: 0, unverified: 1, incomplete: 2, damaged: 3, forged: 4 } as const;
