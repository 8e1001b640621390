import type { VaultApi } from './api.ts';
import { isObject, type Json } from './exact-json.ts';
import { isOfTheSite, type Store } from './stores.ts';

/** What an entry of a KV store (version 1) holds. */
export type Entry = { readonly [name: string]: Json };

/** The entries of some stores, by path. Secret: paths name people. */
export type Entries = ReadonlyMap<Store, ReadonlyMap<string, Entry>>;

/** The entry at `path`; undefined if there is none. */
export async function readEntry(api: VaultApi, path: string): Promise<Entry | undefined> {
  const { status, body } = await api.ask('Read an entry', 'GET', path, { accept: [404] });
  return status !== 404 && isObject(body.data) ? body.data : undefined;
}

export async function writeEntry(api: VaultApi, path: string, entry: Entry): Promise<void> {
  await api.ask('Write an entry', 'PUT', path, { body: entry });
}

/** Removes the entry; none there is no error. */
export async function removeEntry(api: VaultApi, path: string): Promise<void> {
  await api.ask('Remove an entry', 'DELETE', path);
}

/** Every entry of `stores`; what belongs to the running site is left out. An entry is in the first store that has it. */
export async function readEntries(api: VaultApi, stores: readonly Store[]): Promise<Entries> {
  const taken = new Set<string>();
  const found = new Map<Store, Map<string, Entry>>();
  for (const store of stores) {
    const paths = store.endsWith('/*') ? await listPaths(api, store.slice(0, -1)) : [store];
    const wanted = paths.filter((path) => !isOfTheSite(path) && !taken.has(path));
    const entries = new Map<string, Entry>();
    await Promise.all(
      wanted.map(async (path) => {
        const entry = await readEntry(api, path);
        if (entry === undefined) return;
        taken.add(path);
        entries.set(path, entry);
      }),
    );
    found.set(store, entries);
  }
  return found;
}

/** The paths of all entries below `folder`, which ends in `/`. A mount that is not there has none. */
export async function listPaths(api: VaultApi, folder: string): Promise<string[]> {
  const { status, body } = await api.ask('List entries', 'LIST', folder, { accept: [404] });
  const keys = status !== 404 && isObject(body.data) ? body.data.keys : undefined;
  if (!Array.isArray(keys)) return [];
  const below = keys.map(async (key) => (key.endsWith('/') ? await listPaths(api, folder + key) : [folder + key]));
  return (await Promise.all(below)).flat();
}
