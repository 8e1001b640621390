/** The name S3's client gives `error`, or the system's; undefined when it is neither. */
export declare function troubleName(error: unknown): string | undefined;
/** The status of S3's answer, if `error` is one. */
export declare function statusOf(error: unknown): number | undefined;
/**
 * What S3's client says, met while doing `action`, as ours. Nothing of the server's own words gets into the message but
 * the name of the error, if it looks like one.
 */
export declare function s3Trouble(action: string, error: unknown): Error;
