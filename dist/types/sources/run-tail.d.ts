export declare const tailLength = 8;
/** The short tail that all names of one run share: the random end of its id. */
export declare function tailOf(runId: string): string;
