/** What a script has written so far: bytes, then a line with a marker that nobody could guess, then a report. */
export interface Marked {
    /** Gives what of `chunk`, and of what was held back before, stands before the marker. */
    push(chunk: Buffer): Buffer;
    /** The report, once all of it is there. */
    report(): string | undefined;
}
/** Parts what comes at the line `marker`. The report ends with the line `end`, so that a cut one is none. */
export declare function partAt(marker: string): Marked;
