import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { BackupError } from '../errors.ts';
import { everyInput, type InputName } from '../request/inputs.ts';
import { nearest } from '../request/nearest.ts';
import { type OperationName, operations } from '../request/operations.ts';
import { parseOperation } from '../request/parse.ts';
import { version } from '../version.ts';
import { variableOf } from './environment.ts';
import { type Flag, flagsOf } from './flags.ts';

/** What flags gave for an input: itself, or the path of a file that holds it. */
export interface FlagValue {
  readonly value?: string;
  readonly file?: string;
}

/** What a command line asks for; `text` when it asks for a help text or the version. */
export type CommandLine =
  | { readonly text: string }
  | {
      readonly operation: OperationName;
      readonly flags: ReadonlyMap<InputName, FlagValue>;
      readonly isJson: boolean;
    };

/**
 * Reads the words after the program's name. Throws `input-invalid`, naming the flag and the nearest one, for anything
 * that is not understood. No value is ever shown: it could be a secret that was put where it does not belong.
 */
export function parseCommandLine(words: readonly string[]): CommandLine {
  refuseSecrets(words);
  let text = '';
  let asked: CommandLine | undefined;
  const program = new Command('candig-backup')
    .description('Back up and restore a CanDIG site')
    .version(version, '--version', 'Show the version')
    .helpOption('--help', 'Show this help')
    .helpCommand(false)
    .usage('<operation> [flags]')
    .exitOverride()
    .configureOutput({ writeOut: (written) => (text += written), writeErr: () => {} })
    .addHelpText('after', environmentHelp);
  for (const { name, doc } of operations) {
    const command = program.command(name).description(doc).usage('[flags]').allowExcessArguments(false);
    for (const flag of flagsOf(name)) command.addOption(toOption(flag, name));
    command.option('--json', 'Print the report, and it alone, as JSON on standard output');
    command.action((options: Readonly<Record<string, unknown>>) => {
      asked = { operation: name, flags: valuesOf(name, options), isJson: options.json === true };
    });
  }
  try {
    const [first] = words;
    if (first === undefined) return { text: program.helpInformation() + environmentHelp };
    if (!first.startsWith('-'))
      parseOperation(
        first,
        operations.map(({ name }) => name),
      );
    program.parse(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { text };
    throw toOurs(error, words);
  }
  if (asked !== undefined) return asked;
  throw new BackupError('input-invalid', 'No operation was given', { hint: 'See candig-backup --help' });
}

const environmentHelp = `
Every input can also come from the environment, as ${variableOf('host')}, or from a file named
there, as ${variableOf('private-key')}_FILE. Flags win. A list has one entry a line; its flag is repeated.
Secrets are never flags. Exit codes: 0 done, 1 failed and nothing changed, 2 bad input, 3 degraded,
4 needs a person, 130 cancelled.
`;

function toOption({ flag, input, isFile }: Flag, operation: OperationName): Option {
  const doc = input.doc.replaceAll('`', '');
  if (input.kind === 'flag' && !isFile) return new Option(`--${flag}`, doc);
  const needed = input.required?.includes(operation) ? ' (required)' : '';
  const option = new Option(
    `--${flag} <${isFile ? 'path' : 'value'}>`,
    isFile ? `File with: ${doc}` : `${doc}${needed}`,
  );
  return option.argParser((value: string, before: string | undefined) => {
    if (value === '') throw new InvalidArgumentError('empty');
    if (before === undefined) return value;
    if (input.kind !== 'lines' || isFile) throw new InvalidArgumentError('given twice');
    return `${before}\n${value}`;
  });
}

function valuesOf(operation: OperationName, options: Readonly<Record<string, unknown>>): Map<InputName, FlagValue> {
  const values = new Map<InputName, FlagValue>();
  for (const { flag, input, isFile } of flagsOf(operation)) {
    const given = options[camelCase(flag)];
    if (given === undefined) continue;
    values.set(input.name, { ...values.get(input.name), [isFile ? 'file' : 'value']: String(given) });
  }
  return values;
}

function camelCase(flag: string): string {
  return flag.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Before anything else reads them, so that no message can show what follows. */
function refuseSecrets(words: readonly string[]): void {
  const secret = everyInput.find(
    (input) => input.secret && words.some((word) => word === `--${input.name}` || word.startsWith(`--${input.name}=`)),
  );
  if (secret === undefined) return;
  throw new BackupError('input-invalid', `The secret ${secret.name} cannot be given on the command line`, {
    hint: `Other users of this machine could read it there. Use --${secret.name}-file PATH, or the environment variable ${variableOf(secret.name)} or ${variableOf(secret.name)}_FILE`,
  });
}

/** Says what commander found wrong, by its code: its own texts show values. */
function toOurs({ code, message }: CommanderError, words: readonly string[]): BackupError {
  const flag = /--[a-z0-9-]+/i.exec(message)?.[0] ?? 'a flag';
  const hint = `See candig-backup ${words.find((word) => operations.some(({ name }) => name === word)) ?? ''} --help`;
  const refuse = (what: string) => new BackupError('input-invalid', what, { hint: hint.replace('  ', ' ') });
  switch (code) {
    case 'commander.unknownOption': {
      const known = operations.flatMap(({ name }) => (words.includes(name) ? flagsOf(name) : []));
      const near = nearest(flag.slice(2), [...known.map((it) => it.flag), 'json', 'help']);
      return refuse(`There is no flag ${flag} here${near === undefined ? '' : `; did you mean --${near}`}`);
    }
    case 'commander.optionMissingArgument':
      return refuse(`The flag ${flag} has no value`);
    case 'commander.invalidArgument':
      return refuse(`The flag ${flag} ${message.endsWith('given twice') ? 'is given twice' : 'has an empty value'}`);
    case 'commander.excessArguments':
      return refuse('There are words on the command line that belong to no flag');
    default:
      return refuse('The command line cannot be understood');
  }
}
