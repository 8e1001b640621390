import { type Remote } from './remote.ts';
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
/**
 * Logs in, and makes sure that the login runs commands and adds nothing to their output. Rejects with a `BackupError`:
 * `input-invalid`, `key-invalid`, `key-locked`, `host-unreachable` (after three attempts), `host-key-unknown`,
 * `host-key-mismatch`, `host-algorithms`, `auth-failed`, `timed-out`, `connection-lost`; later calls may do so too,
 * when they find the connection lost and open a new one. Up to 32 commands run at a time, further ones wait.
 */
export declare function openSsh(login: SshLogin): Promise<Remote>;
