import { type Connection } from './connection.ts';
/** Where and as whom to log in on one machine. */
export interface SshUser {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    /** The text of the key file. */
    readonly privateKey: string;
    readonly passphrase?: string;
}
export interface SshLogin extends SshUser {
    /** Lines of known_hosts for the host, and for the jump host if there is one. */
    readonly knownHosts: string;
    /** The machine to go through. */
    readonly jump?: SshUser;
    /** How long TCP, and then the SSH handshake with the login, may take. Default 10 s each. */
    readonly readyTimeoutMs?: number;
    /** How often the other side is asked for a sign of life; seven missed in a row end the connection. Default 1 s. */
    readonly keepaliveMs?: number;
}
/** How to log in on one machine, understood and not tried yet. */
export interface Way {
    /** For people: `user@host:port`. */
    readonly name: string;
    readonly readyTimeoutMs: number;
    /** Logs in; three attempts if the machine cannot be reached. Errors as `openSsh` lists them. */
    connect(signal: AbortSignal): Promise<Connection>;
}
/** Understands `login`. Throws `input-invalid`, `key-invalid` and `key-locked`. */
export declare function wayTo(login: SshLogin): Way;
