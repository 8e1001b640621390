import type { Entries, Entry } from './entries.ts';
import type { Store } from './stores.ts';
/** One entry that is not as wanted. Secret: the path may name a person. */
export interface Difference {
    readonly store: Store;
    readonly path: string;
    /** Undefined: there is none. */
    readonly living: Entry | undefined;
    readonly wanted: Entry | undefined;
}
/** How many entries of a store would be added, changed and removed. */
export interface StoreCounts {
    readonly store: Store;
    readonly adds: number;
    readonly changes: number;
    readonly removals: number;
}
export interface Comparison {
    /** For reports: counts only, a line for each store. */
    readonly stores: readonly StoreCounts[];
    /**
     * How many grants the wanted entries hold that the living Vault does not have: values, each by its place in the
     * entry (whatever its position in a list). 0 when nothing comes back that was taken away since.
     */
    readonly returned: number;
    /** In the order in which to write them: what takes access away first. */
    readonly differences: readonly Difference[];
}
/** What would change if the living entries became the wanted ones. Both must be of the same stores. */
export declare function compareAuthorization(wanted: Entries, living: Entries): Comparison;
export declare function isSameEntry(a: Entry | undefined, b: Entry | undefined): boolean;
