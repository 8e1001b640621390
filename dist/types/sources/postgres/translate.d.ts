/**
 * What a failed psql, pg_dump or pg_restore means, as our own error. Their messages can hold patient rows, so they are
 * only matched against; out of them come at most the name of a relation or a version.
 */
export declare function translatePostgresError(error: unknown, what: string, hostName: string): unknown;
