import { type Input, type InputName, inputsOf } from '../request/inputs.ts';
import type { OperationName } from '../request/operations.ts';

/** One flag of the command line, without its dashes. */
export interface Flag {
  readonly flag: string;
  readonly input: Input & { readonly name: InputName };
  /** Whether its value is the path of a file that holds the input. */
  readonly isFile: boolean;
}

/** Whether an input can be read from a file. */
export function hasFile(input: Input): boolean {
  return input.secret === true || input.kind === 'text' || input.name === 'recipients';
}

/** The flags of an operation, in the order of its inputs. A secret has a flag for a file only. */
export function flagsOf(operation: OperationName): Flag[] {
  return inputsOf(operation).flatMap((input) => [
    ...(input.secret ? [] : [{ flag: input.name, input, isFile: false }]),
    ...(hasFile(input) ? [{ flag: `${input.name}-file`, input, isFile: true }] : []),
  ]);
}
