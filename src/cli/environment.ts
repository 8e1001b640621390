import { BackupError } from '../errors.ts';
import { everyInput, type InputName } from '../request/inputs.ts';
import { nearest } from '../request/nearest.ts';
import { shown } from '../shown.ts';
import { hasFile } from './flags.ts';

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

const prefix = 'CANDIG_BACKUP_';

/** The environment variable of an input. With `_FILE` behind it, it names a file that holds the input. */
export function variableOf(name: InputName): string {
  return `${prefix}${name.toUpperCase().replaceAll('-', '_')}`;
}

/** Throws `input-invalid` if a variable has our prefix and no meaning: it is most likely a slip. */
export function refuseUnknownVariables(environment: Environment): void {
  const known = everyInput.flatMap((input) => {
    const variable = variableOf(input.name);
    return hasFile(input) ? [variable, `${variable}_FILE`] : [variable];
  });
  const unknown = Object.keys(environment).find((name) => name.startsWith(prefix) && !known.includes(name));
  if (unknown === undefined) return;
  const near = nearest(
    unknown.slice(prefix.length),
    known.map((name) => name.slice(prefix.length).toLowerCase()),
  );
  throw new BackupError(
    'input-invalid',
    `There is no input for the environment variable ${shown(unknown)}${near === undefined ? '' : `; did you mean ${prefix}${near.toUpperCase()}`}`,
  );
}
