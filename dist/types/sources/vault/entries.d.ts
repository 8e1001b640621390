import type { VaultApi } from './api.ts';
import { type Json } from './exact-json.ts';
import { type Store } from './stores.ts';
/** What an entry of a KV store (version 1) holds. */
export type Entry = {
    readonly [name: string]: Json;
};
/** The entries of some stores, by path. Secret: paths name people. */
export type Entries = ReadonlyMap<Store, ReadonlyMap<string, Entry>>;
/** The entry at `path`; undefined if there is none. */
export declare function readEntry(api: VaultApi, path: string): Promise<Entry | undefined>;
export declare function writeEntry(api: VaultApi, path: string, entry: Entry): Promise<void>;
/** Removes the entry; none there is no error. */
export declare function removeEntry(api: VaultApi, path: string): Promise<void>;
/** Every entry of `stores`; what belongs to the running site is left out. An entry is in the first store that has it. */
export declare function readEntries(api: VaultApi, stores: readonly Store[]): Promise<Entries>;
/** The paths of all entries below `folder`, which ends in `/`. A mount that is not there has none. */
export declare function listPaths(api: VaultApi, folder: string): Promise<string[]>;
