import type { Readable } from 'node:stream';
import type { Measure, Store } from '../stores/store.ts';
import { type BackupRef } from './layout.ts';
interface Options {
    readonly signal?: AbortSignal;
}
/**
 * Keeps `content` as the object `name` of a backup, all or nothing, as `Store.put` does, and resolves with the
 * measure of what was handed to the store. What the store made of it is told by `checkObject`.
 */
export declare function putObject(store: Pick<Store, 'name' | 'put'>, backup: BackupRef, name: string, content: Readable, options?: Options): Promise<Measure>;
/**
 * The bytes of an object, of which `expected` is known. Rejects with `object-missing` before any byte; bytes that
 * turn out to be other ones are the error `object-damaged` in place of the stream's end.
 */
export declare function readObject(store: Store, backup: BackupRef, name: string, expected: Measure, options?: Options): Promise<Readable>;
/**
 * `object-missing` or `object-damaged` unless the object is, byte for byte, what `expected` says: by what the store tells
 * that it read or received, else by reading it through.
 */
export declare function checkObject(store: Store, backup: BackupRef, name: string, expected: Measure, options?: Options): Promise<void>;
export {};
