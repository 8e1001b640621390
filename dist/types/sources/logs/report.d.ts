import { type Listed } from './evidence.ts';
/** What a helper says it met with while it read the log folder. */
export interface FolderReport {
    /** Regular files there were to read. */
    readonly listed: number;
    readonly grown: Listed;
    readonly torn: Listed;
    readonly vanished: Listed;
    readonly unreadable: Listed;
    readonly leftOut: Listed;
    /** How many of those listed are not in the tar. */
    readonly missing: number;
}
/** Reads the report of the script `archive`. Undefined if it is none. */
export declare function parseFolderReport(text: string): FolderReport | undefined;
