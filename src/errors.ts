/**
 * Every way this tool fails, as a stable code. Match on the code, never on the message.
 * The second part of each entry is the exit code a process ends with (see `exitCodeOf`).
 */
const exitCodes = {
  // Nothing was tried: what was asked for cannot be done as written.
  'input-invalid': 2,
  'key-invalid': 2,
  'key-locked': 2,
  // Reaching the host.
  'host-unreachable': 1,
  'host-key-unknown': 1,
  'host-key-mismatch': 1,
  'host-algorithms': 1,
  'auth-failed': 1,
  'connection-lost': 1,
  'timed-out': 1,
  'command-failed': 1,
  'command-missing': 1,
  // The stack on the host.
  'docker-missing': 1,
  'docker-down': 1,
  'docker-denied': 1,
  'service-missing': 1,
  'service-ambiguous': 1,
  'service-not-running': 1,
  'service-replaced': 1,
  locked: 1,
  'disk-full': 1,
  // Databases.
  'database-missing': 1,
  'database-unusable': 1,
  'database-lock-held': 1,
  'dump-ended': 1,
  'dump-failed': 1,
  'version-mismatch': 1,
  // Vault.
  'vault-unusable': 1,
  'vault-sealed': 1,
  'vault-keys-wrong': 1,
  // Sealed and signed things.
  'seal-broken': 1,
  'no-identity-matched': 1,
  'signature-invalid': 1,
  'manifest-invalid': 1,
  'object-missing': 1,
  'object-exists': 1,
  'object-damaged': 1,
  'store-failed': 1,
  'backup-missing': 1,
  // Restores.
  'restore-refused': 1,
  'stage-failed': 1,
  'check-failed': 1,
  'swap-failed': 1,
  'site-unwell': 1,
  'nothing-to-roll-back': 1,
  // Endings of their own.
  degraded: 3,
  'needs-person': 4,
  cancelled: 130,
} as const;

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
export class BackupError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'BackupError';
    this.code = code;
    this.hint = details.hint;
  }
}

/** Whether `error` is ours and carries `code` (any code when left out). */
export function isBackupError(error: unknown, code?: ErrorCode): error is BackupError {
  return error instanceof BackupError && (code === undefined || error.code === code);
}

/** The exit code a process should end with because of `error`. An error that is not ours is a defect: 1. */
export function exitCodeOf(error: unknown): number {
  return error instanceof BackupError ? exitCodes[error.code] : 1;
}
