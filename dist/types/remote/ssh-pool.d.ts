import type { ClientChannel } from 'ssh2';
import { type Connection } from '../ssh/connection.ts';
export interface Session {
    readonly channel: ClientChannel;
    readonly lost: AbortSignal;
}
export interface Pool {
    /** Resolves once a connection is open, making it if there is none. */
    connected(): Promise<void>;
    /** Starts `line` on a connection that has room, opening one if none has. */
    exec(line: string, signal: AbortSignal): Promise<Session>;
    close(): Promise<void>;
}
/** Connections made by `connect` as they are needed; a lost one is forgotten, and the next command opens another. */
export declare function openPool(name: string, connect: (signal: AbortSignal) => Promise<Connection>): Pool;
