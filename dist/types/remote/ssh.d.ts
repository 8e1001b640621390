import { type SshLogin } from '../ssh/login.ts';
import { type Remote } from './remote.ts';
/**
 * Logs in, and makes sure that the login runs commands and adds nothing to their output. Rejects with a `BackupError`:
 * `input-invalid`, `key-invalid`, `key-locked`, `host-unreachable` (after three attempts), `host-key-unknown`,
 * `host-key-mismatch`, `host-algorithms`, `auth-failed`, `timed-out`, `connection-lost`; later calls may do so too,
 * when they find the connection lost and open a new one. Up to 32 commands run at a time, further ones wait.
 */
export declare function openSsh(login: SshLogin): Promise<Remote>;
