import { open } from 'node:fs/promises';
import { BackupError } from '../errors.ts';
import { type Given, type Input, type InputName, inputsOf } from '../request/inputs.ts';
import type { OperationName } from '../request/operations.ts';
import type { FlagValue } from './command-line.ts';
import { type Environment, refuseUnknownVariables, variableOf } from './environment.ts';
import { hasFile } from './flags.ts';

const longestBytes = 1024 * 1024;

/**
 * What flags and environment give for the inputs of `operation`; flags win. Throws `input-invalid` for a value and a
 * file at once, a file that cannot be read, and a variable that means nothing. Variables of inputs that the operation
 * does not read are left alone: one environment serves all operations.
 */
export async function readGiven(
  operation: OperationName,
  flags: ReadonlyMap<InputName, FlagValue>,
  environment: Environment,
): Promise<Given> {
  refuseUnknownVariables(environment);
  const given: { [name in InputName]?: string } = {};
  for (const input of inputsOf(operation)) {
    const flag = flags.get(input.name);
    const source = flag === undefined ? fromEnvironment(input, environment) : fromFlags(input.name, flag);
    const text = source.file === undefined ? source.value : await readText(source.file, source.told);
    if (text === undefined || text === '') continue;
    // A file ends with a line break; a password does not.
    given[input.name] = input.kind === 'word' && source.file !== undefined ? text.replace(/\r?\n$/, '') : text;
  }
  return given;
}

interface Source extends FlagValue {
  /** What the file's path was given by. */
  readonly told: string;
}

function fromFlags(name: InputName, flag: FlagValue): Source {
  const told = `--${name}-file`;
  if (flag.value !== undefined && flag.file !== undefined) throw atOnce(`--${name}`, told);
  return { ...flag, told };
}

function fromEnvironment(input: Input & { readonly name: InputName }, environment: Environment): Source {
  const variable = variableOf(input.name);
  const told = `${variable}_FILE`;
  const value = environment[variable] || undefined;
  const file = hasFile(input) ? environment[told] || undefined : undefined;
  if (value !== undefined && file !== undefined) throw atOnce(variable, told);
  return { told, ...(value === undefined ? {} : { value }), ...(file === undefined ? {} : { file }) };
}

function atOnce(one: string, other: string): BackupError {
  return new BackupError('input-invalid', `Both ${one} and ${other} are given: leave one of them out`);
}

async function readText(path: string, told: string): Promise<string> {
  try {
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(longestBytes + 1), 0, longestBytes + 1, null);
    if (bytesRead > longestBytes) throw new BackupError('input-invalid', `The file of ${told} is larger than 1 MiB`);
    return buffer.toString('utf8', 0, bytesRead);
  } catch (error) {
    if (error instanceof BackupError || !(error instanceof Error) || !('code' in error)) throw error;
    throw new BackupError('input-invalid', `The file of ${told} cannot be read (${String(error.code)})`, {
      cause: error,
    });
  }
}
