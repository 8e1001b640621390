import type { Store } from './store.ts';
/** How people are told of such a store. */
export declare const directoryName: (root: string) => string;
/**
 * A store in a folder of this machine. `root` is the absolute path of a folder that is there already: it is never
 * made, so that a volume that is not mounted is noticed. Files are 0600 and folders 0700. It needs a file system with
 * hard links, the one way to give a finished file its name and never replace another.
 *
 * Throws `input-invalid` for a path that is not absolute and `store-failed` for a folder that cannot be used.
 */
export declare function openDirectory(root: string): Promise<Store>;
