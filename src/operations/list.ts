import type { BackupState } from '../backups/catalog.ts';
import { timeOf } from '../backups/ids.ts';
import type { Site } from '../backups/site.ts';
import type { PublicKey } from '../seal/minisign.ts';
import type { Store } from '../stores/store.ts';
import { listEverywhere, together } from './catalogs.ts';
import type { Context } from './context.ts';

export interface ListRequest {
  readonly site: Site;
  readonly stores: readonly Store[];
  /** Without it nothing can be called whole, only `unverified`. */
  readonly publicKey: PublicKey | undefined;
}

export interface ListedBackup {
  readonly id: string;
  /** Of its best copy. */
  readonly state: BackupState;
  /** Why it is neither whole nor unverified; null if it is. */
  readonly trouble: string | null;
  readonly madeAt: string;
  readonly reason: 'regular' | 'safety' | null;
  /** The parts that are complete in it. */
  readonly parts: readonly string[];
  readonly sizeBytes: number;
  readonly digest: string | null;
  /** In which stores there is something of it, and in what state. */
  readonly copies: readonly { readonly store: string; readonly state: BackupState; readonly trouble: string | null }[];
}

export interface ListReport {
  readonly operation: 'list';
  readonly status: 'complete';
  readonly site: string;
  /** Those that could be read. */
  readonly stores: readonly string[];
  /** Newest first. */
  readonly backups: readonly ListedBackup[];
}

/** What backups of a site there are, from the stores alone. Reads manifests, not objects. */
export async function list({ site, stores, publicKey }: ListRequest, context: Context): Promise<ListReport> {
  context.signal.throwIfAborted();
  const { read: catalogs } = await listEverywhere(stores, site, publicKey, context);
  const copiesOf = (id: string) =>
    catalogs.flatMap(({ store, entries }) => {
      const entry = entries.find((it) => it.id === id);
      return entry === undefined
        ? []
        : [{ store: store.name, state: entry.state, trouble: entry.trouble?.message ?? null }];
    });
  return {
    operation: 'list',
    status: 'complete',
    site,
    stores: catalogs.map(({ store }) => store.name),
    backups: together(catalogs).map(({ id, state, trouble, manifest, digest, sizeBytes }) => ({
      id,
      state,
      trouble: trouble?.message ?? null,
      madeAt: timeOf(id).toISOString(),
      reason: manifest?.reason ?? null,
      parts: manifest?.parts.filter(({ status }) => status === 'complete').map(({ name }) => name) ?? [],
      sizeBytes,
      digest: digest ?? null,
      copies: copiesOf(id),
    })),
  };
}
