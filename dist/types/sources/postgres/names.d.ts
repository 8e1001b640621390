declare const suffixes: {
    readonly restore: '__restore_';
    readonly before: '__before_';
};
/**
 * A database we are willing to handle. Client programs read a database *name* as a connection string
 * (`host=… dbname=…`, `postgresql://…`) and one with a leading dash as an option, so only plain names pass.
 */
export declare function parseDatabaseName(text: string): string;
/** The name of a staged copy (`restore`) or of what was there before (`before`). Only `[A-Za-z0-9_]` is added: katsu looks for its database by whole words. */
export declare function copyName(database: string, kind: keyof typeof suffixes, tail: string): string;
/** What the names of one run's copies end with. */
export declare function copySuffix(kind: keyof typeof suffixes, tail: string): string;
/** `name` as an SQL identifier. */
export declare function identifier(name: string): string;
/** `text` as an SQL string, whatever standard_conforming_strings says. */
export declare function literal(text: string): string;
export {};
