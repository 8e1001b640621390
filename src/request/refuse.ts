import { BackupError, isBackupError } from '../errors.ts';
import type { InputName } from './inputs.ts';

/** An `input-invalid` error about one input. `why` follows its name. */
export function refuse(name: InputName, why: string, hint?: string): BackupError {
  return new BackupError('input-invalid', `Input ${name} ${why}`, hint === undefined ? {} : { hint });
}

/** What `parse` gives; if it throws, the error also says which input it is about. */
export function inInput<Value>(name: InputName, parse: () => Value): Value {
  try {
    return parse();
  } catch (error) {
    if (!isBackupError(error)) throw error;
    const details = error.hint === undefined ? {} : { hint: error.hint };
    throw new BackupError(error.code, `Input ${name}: ${error.message}`, { ...details, cause: error });
  }
}
