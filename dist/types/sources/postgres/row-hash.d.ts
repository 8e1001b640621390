/** A column, as far as its hash depends on it. */
export interface HashedColumn {
    readonly name: string;
    /** Its type's name in pg_catalog (`int4`, for an array of them `_int4`); null if the type is not PostgreSQL's own. */
    readonly type: string | null;
}
/**
 * SQL for a 64-bit hash of the row `x` of a table with these columns, by each column's own hash; undefined if one of them
 * has a type whose hash may change with a restore. The seed is the column's place, so that a value that moved to another
 * column is noticed, a null among them. Hashed once more, since the sum over all rows must notice values that changed
 * places between two of them.
 */
export declare function hashByColumns(columns: readonly HashedColumn[]): string | undefined;
/**
 * The same by the row's text: for every other table. `record_out` and not a cast to text: a database can define such a
 * cast, and we would run it.
 */
export declare function hashByText(columns: readonly HashedColumn[]): string;
/**
 * The hash of one fixed row with a value, and an array, of every type that is hashed so. Two servers that give the same
 * one hash alike, whatever their versions and machines; else their digests say nothing about each other.
 */
export declare const probeQuery: string;
