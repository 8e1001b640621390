import type { CatalogEntry } from './catalog.ts';
import { type BackupId } from './ids.ts';
import type { Manifest, PartName } from './manifest.ts';
/** A backup that is whole, as far as can be told without reading its objects through. */
export interface FoundBackup {
    readonly id: BackupId;
    readonly manifest: Manifest;
    readonly digest: string;
}
/**
 * The backup somebody means by `wanted`, which must be whole and have each of `parts` complete: a whole id, or
 * `latest`, the newest regular one that will do and is not dated more than 5 minutes after `now`.
 *
 * Throws `input-invalid` for what is neither, `backup-missing` if there is none, saying what there is, and for an id
 * what is the trouble with that backup if it is not whole.
 */
export declare function findBackup(entries: readonly CatalogEntry[], wanted: string, parts: readonly PartName[], now: Date): FoundBackup;
/** Whether a backup may be the one that `latest` means, if it is whole. */
export declare function isCandidate(id: BackupId, manifest: Manifest, parts: readonly PartName[], now: Date): boolean;
/** Whether a backup dated as `id` is can have been begun by `now`, going by any clock that is about right. */
export declare function isDue(id: BackupId, now: Date): boolean;
