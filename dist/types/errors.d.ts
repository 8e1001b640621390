/**
 * Every way this tool fails, as a stable code. Match on the code, never on the message.
 * The second part of each entry is the exit code a process ends with (see `exitCodeOf`).
 */
declare const exitCodes: {
    readonly 'input-invalid': 2;
    readonly 'key-invalid': 2;
    readonly 'key-locked': 2;
    readonly 'host-unreachable': 1;
    readonly 'host-key-unknown': 1;
    readonly 'host-key-mismatch': 1;
    readonly 'host-algorithms': 1;
    readonly 'auth-failed': 1;
    readonly 'connection-lost': 1;
    readonly 'timed-out': 1;
    readonly 'command-failed': 1;
    readonly 'command-missing': 1;
    readonly 'docker-missing': 1;
    readonly 'docker-down': 1;
    readonly 'docker-denied': 1;
    readonly 'service-missing': 1;
    readonly 'service-ambiguous': 1;
    readonly 'service-not-running': 1;
    readonly 'service-replaced': 1;
    readonly locked: 1;
    readonly 'disk-full': 1;
    readonly 'database-missing': 1;
    readonly 'database-unusable': 1;
    readonly 'database-lock-held': 1;
    readonly 'dump-ended': 1;
    readonly 'dump-failed': 1;
    readonly 'version-mismatch': 1;
    readonly 'vault-unusable': 1;
    readonly 'vault-sealed': 1;
    readonly 'vault-keys-wrong': 1;
    readonly 'seal-broken': 1;
    readonly 'no-identity-matched': 1;
    readonly 'signature-invalid': 1;
    readonly 'manifest-invalid': 1;
    readonly 'object-missing': 1;
    readonly 'object-exists': 1;
    readonly 'object-damaged': 1;
    readonly 'store-failed': 1;
    readonly 'backup-missing': 1;
    readonly 'restore-refused': 1;
    readonly 'stage-failed': 1;
    readonly 'check-failed': 1;
    readonly 'swap-failed': 1;
    readonly 'site-unwell': 1;
    readonly 'nothing-to-roll-back': 1;
    readonly degraded: 3;
    readonly 'needs-person': 4;
    readonly cancelled: 130;
};
export type ErrorCode = keyof typeof exitCodes;
export interface ErrorDetails {
    /** Advice: what to do now. Only given when we know. One or more plain sentences, no final dot. */
    readonly hint?: string;
    readonly cause?: unknown;
}
/**
 * The only error this code base throws on purpose. `message` is one line: what failed, on what, why; no final dot,
 * no advice, never a patient row and never a secret. Foreign errors are translated into this where they enter.
 */
export declare class BackupError extends Error {
    readonly code: ErrorCode;
    readonly hint: string | undefined;
    constructor(code: ErrorCode, message: string, details?: ErrorDetails);
}
/** Whether `error` is ours and carries `code` (any code when left out). */
export declare function isBackupError(error: unknown, code?: ErrorCode): error is BackupError;
/** The exit code a process should end with because of `error`. An error that is not ours is a defect: 1. */
export declare function exitCodeOf(error: unknown): number;
export {};
