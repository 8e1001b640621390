import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { KeyFiles } from './sealed-vault.ts';
/** The name under which CanDIG's `make restore-vault` looks for it, in `lib/vault`. */
export declare const restoreTarballName = "restore.tar.gz";
/**
 * What CanDIG's `make restore-vault` takes, of the two objects of a backup: a gzipped tar of `backup/` with
 * `backup.tar.gz`, which is `storage`, and the keys beside it. A tar wants lengths beforehand, so the storage is
 * compressed into `spool` first, an empty file; once this has resolved `storage` has been read to its end.
 */
export declare function restoreTarball(storage: Readable, { keys, serviceStores }: KeyFiles, spool: FileHandle, modifiedAt: Date, signal: AbortSignal): Promise<Readable>;
