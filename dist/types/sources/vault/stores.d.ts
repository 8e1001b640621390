/** Entries that belong together: one path (`opa/programs`), or all below one (`opa/programs/*`). Reports count by it. */
export type Store = string;
/** What is authorization in every CanDIG. */
export declare const authorizationStores: readonly Store[];
/** Whether the entry at `path` is never put back into a living site. */
export declare function isOfTheSite(path: string): boolean;
/** The stores to restore: those of every CanDIG, and the ones named. `input-invalid` for what is not to be restored. */
export declare function parseStores(more: readonly string[]): Store[];
