import type { Duplex } from 'node:stream';
import { type ClientChannel, type SFTPWrapper } from 'ssh2';
import type { KnownHosts } from './known-hosts.ts';
import type { PrivateKey } from './private-key.ts';
/** One end of one connection: whom to reach and as whom. */
export interface Endpoint {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly key: PrivateKey;
    readonly known: KnownHosts;
    readonly readyTimeoutMs: number;
    /** How often the other side is asked for a sign of life. */
    readonly keepaliveMs: number;
}
export interface Connection {
    /** Fires once, with a `BackupError` as its reason, when nothing more will come. */
    readonly lost: AbortSignal;
    /** Starts a shell line. Rejects as `SessionRefused` if the host opens no further session. */
    exec(line: string): Promise<ClientChannel>;
    /** A session of the SFTP subsystem. Rejects as `SessionRefused` if the host opens none. */
    sftp(): Promise<SFTPWrapper>;
    /** A connection from the host onwards. */
    forward(host: string, port: number): Promise<Duplex>;
    /** Says goodbye; resolves once that went out and the socket is closed, after a second at the latest. */
    close(): Promise<void>;
    /** Resolves once the socket is closed, a second after the connection was lost at the latest. */
    readonly closed: Promise<void>;
}
/** The host opens no (further) session on this connection. */
export declare class SessionRefused extends Error {
    readonly name = "SessionRefused";
}
export declare function nameOf({ user, host, port }: Pick<Endpoint, 'user' | 'host' | 'port'>): string;
/** Logs in over `socket`. The host's key is checked before anything is said of us. */
export declare function logIn(endpoint: Endpoint, socket: Duplex, signal: AbortSignal): Promise<Connection>;
