import { getInput, setSecret } from '@actions/core';
import { BackupError } from '../errors.ts';
import { everyInput, type Given, type Input, type InputName } from '../request/inputs.ts';
import { nearest } from '../request/nearest.ts';
import { type OperationName, operations } from '../request/operations.ts';
import { parseOperation } from '../request/parse.ts';
import { shown } from '../shown.ts';

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The inputs that the action has: all but the terminal's own. */
export const actionInputs: readonly (Input & { readonly name: InputName })[] = everyInput.filter(
  (input) => input.face === undefined,
);

/** The operations that the action offers. */
export const actionOperations: readonly OperationName[] = operations.flatMap(({ name, face }) =>
  face === 'both' ? [name] : [],
);

export interface ActionInputs {
  readonly operation: OperationName;
  readonly given: Given;
}

/**
 * Reads all inputs of the step, once, and has the runner mask every secret among them, as a whole and line by line.
 * Throws `input-invalid` for an input or an operation that there is not, with the nearest one.
 */
export function readInputs(environment: Environment): ActionInputs {
  // Outside a runner nobody takes the request to mask, and it would be shown itself.
  const isMasking = environment.GITHUB_ACTIONS === 'true';
  const given: { [name in InputName]?: string } = {};
  for (const { name, secret, kind } of actionInputs) {
    // A password may begin or end with a space; it only cannot end with a line break.
    const text = secret ? getInput(name, { trimWhitespace: false }).replace(/\r?\n$/, '') : getInput(name);
    if (text === '') continue;
    if (secret && isMasking) mask(text);
    given[name] = secret && kind === 'text' ? `${text}\n` : text;
  }
  refuseUnknown(environment);
  return { operation: parseOperation(getInput('operation'), actionOperations), given };
}

/** The runner masks a value as it stands; a log may show one line of it. */
function mask(secret: string): void {
  setSecret(secret);
  for (const line of secret.split(/\r\n|\r|\n/)) if (line.trim().length >= 4) setSecret(line.trim());
}

function refuseUnknown(environment: Environment): void {
  const known = ['operation', ...actionInputs.map(({ name }) => name)];
  const unknown = Object.keys(environment)
    .flatMap((variable) => /^INPUT_(.+)$/.exec(variable)?.[1]?.toLowerCase() ?? [])
    .find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const near = nearest(unknown, known);
  throw new BackupError(
    'input-invalid',
    `There is no input ${shown(unknown)}${near === undefined ? '' : `; did you mean ${near}`}`,
  );
}
