/** The system's short name for what went wrong (`ENOENT`), or undefined when `error` is not the system's. */
export declare function systemCode(error: unknown): string | undefined;
/**
 * The file system's `error`, met while doing `action` (e.g. `keep a/b in directory:/backups`), as ours: `disk-full`
 * or `store-failed`. What is not an error of the system (ours already, or a defect) is given back as it is.
 */
export declare function storeTrouble(action: string, error: unknown): Error;
