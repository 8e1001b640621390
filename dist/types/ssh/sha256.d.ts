import { type Connection } from './connection.ts';
/**
 * The SHA-256 of a file on the other machine in lower-case hex, as its own sha256sum reads it; undefined where the login
 * runs no commands, or the path would have to be quoted. Rejects if the connection is lost, or `signal` fires.
 */
export declare function sha256On(connection: Connection, path: string, signal: AbortSignal | undefined): Promise<string | undefined>;
