import { type FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
/**
 * Writes `content` as a file at `path`, all or nothing, readable by its owner only. Rejects with `object-exists` if there is one
 * already; `disk-full` or `store-failed` if it cannot be written.
 */
export declare function writeWhole(path: string, content: Readable, signal: AbortSignal): Promise<string>;
/**
 * Writes `path` as `writeWhole` does, with an empty file beside it to work in, on the same disk. That one has no name:
 * however the process ends, nothing is left of it.
 */
export declare function writeWithSpool(path: string, contentOf: (spool: FileHandle) => Promise<Readable>, signal: AbortSignal): Promise<string>;
