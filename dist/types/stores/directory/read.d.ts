import { Readable } from 'node:stream';
import type { StoredObject } from '../store.ts';
/**
 * The bytes of the file `path`, already open; undefined when there is no regular file of that name. What goes wrong
 * later is an error of the stream, made by `told` from the system's own.
 */
export declare function readFileAt(path: string, told: (error: unknown) => Error): Promise<Readable | undefined>;
/** The regular files with object names in the folder `names` under `base` and below; links are not followed. */
export declare function filesUnder(base: string, names: readonly string[]): AsyncGenerator<StoredObject>;
