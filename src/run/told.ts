import { isBackupError } from '../errors.ts';
import { oneLine } from '../shown.ts';

/** An error in words for people. */
export interface Told {
  readonly message: string;
  readonly hint: string | undefined;
  /** Where in our code a defect showed, a line each. None for errors that are ours to throw. */
  readonly frames: readonly string[];
}

/**
 * What may be shown of `error`. One that is not a `BackupError` is a defect: its class, its code and its stack are
 * shown, and its message is not, since nobody made sure that it holds no row of a patient and no secret.
 */
export function tell(error: unknown): Told {
  if (isBackupError(error)) {
    return {
      message: oneLine(error.message),
      hint: error.hint === undefined ? undefined : oneLine(error.hint),
      frames: [],
    };
  }
  return {
    message: `a defect of candig-backup: ${nameOf(error)}`,
    hint: 'Please report it with the lines below; its own message is left out, because it could hold what must stay private',
    frames: error instanceof Error ? framesOf(error) : [],
  };
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return `something of type ${typeof error} was thrown`;
  const code = 'code' in error && /^[A-Z0-9_]{1,40}$/.test(String(error.code)) ? ` (${String(error.code)})` : '';
  return `${/^[A-Za-z0-9_]{1,40}$/.test(error.name) ? error.name : 'an error'}${code}`;
}

/** A message of several lines stands before the frames, and may look like one: only those after it count. */
function framesOf({ stack = '', message }: Error): string[] {
  const from = stack.indexOf(message);
  if (from === -1) return [];
  return stack
    .slice(from + message.length)
    .split('\n')
    .filter((line) => /^ {4}at /.test(line));
}
