import { type Stats } from 'node:fs';
/** What stands at `path`, links not followed; undefined when nothing does. */
export declare function entryAt(path: string): Promise<Stats | undefined>;
/**
 * Whether the folders `names`, one inside the other, are there under `base`. A symbolic link among them is
 * `store-failed`: whoever planted it would choose what is read or written.
 */
export declare function hasFolders(base: string, names: readonly string[]): Promise<boolean>;
/**
 * Sees to it that the folders `names`, one inside the other, are there under `base`, for their owner alone. What
 * stands in the way, a file or a symbolic link, is `store-failed`.
 */
export declare function makeFolders(base: string, names: readonly string[]): Promise<void>;
/**
 * Makes names in the folders `names` under `base`, and in `base`, survive a power cut. All of them each time: a
 * folder that is there already may have been made a moment ago by another put that has not got to this yet.
 */
export declare function syncFolders(base: string, names: readonly string[]): Promise<void>;
