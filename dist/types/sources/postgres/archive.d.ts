/** An archive's table of contents, sorted into what is loaded and what is dealt with otherwise. */
export interface ArchivePlan {
    /** For `pg_restore --use-list`. */
    readonly list: string;
    /** What a role without superuser rights cannot create and we do not create for it: `EVENT TRIGGER audit`. */
    readonly refused: readonly string[];
}
/**
 * Reads what `pg_restore --list` printed. `schemasMade` are schemas that were made beforehand for extensions.
 * Throws `stage-failed` if it is no table of contents.
 */
export declare function planArchive(tableOfContents: string, schemasMade?: readonly string[]): ArchivePlan;
/**
 * Extensions that are made, as superuser, in a staged database before the dump is loaded: PostgreSQL's own contrib
 * modules that run nothing outside the database and reach no file and no network.
 */
export declare const trustedExtensions: ReadonlySet<string>;
