import { posix } from 'node:path';
import { type Command, CommandError, type Exit } from './remote.ts';

/** The error of a `command` that did not exit 0 on `where`. `stderrTail` is carried, never shown. */
export function commandError(where: string, command: Command, exit: Exit, stderrTail: string): CommandError {
  const code = exit.status === 127 ? 'command-missing' : 'command-failed';
  return new CommandError(code, `${programName(command)} on ${where} ${endingOf(exit)}`, exit, stderrTail);
}

/**
 * What to call `command` in messages: the program, and for docker its verb. Never another argument, which may say
 * more than a log should.
 */
export function programName(command: Command): string {
  const name = posix
    .basename(command[0])
    .replaceAll(/[^\w.+-]/g, '?')
    .slice(0, 64);
  const verb = command[1] ?? '';
  return name === 'docker' && /^[a-z]{1,20}$/.test(verb) ? `${name} ${verb}` : name;
}

function endingOf({ status, signal }: Exit): string {
  if (signal !== undefined) return `was ended by ${signal}`;
  if (status === undefined) return 'ended without saying how';
  if (status === 126) return 'could not be executed (exit status 126)';
  if (status === 127) return 'was not found (exit status 127)';
  if (status === 137) return 'was killed (exit status 137)';
  if (status === 141) return 'lost the reader of its output (exit status 141)';
  if (status > 128 && status <= 192) return `was ended by signal ${status - 128} (exit status ${status})`;
  return `failed with exit status ${status}`;
}
