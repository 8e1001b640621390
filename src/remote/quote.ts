import { BackupError } from '../errors.ts';
import type { Command } from './remote.ts';

/** Linux takes 128 KiB in one argument, and the whole line is one argument of the login shell. */
const longestLineBytes = 120_000;

/**
 * `command` as one line for a POSIX shell that gives the program exactly these bytes as arguments. Every word is quoted,
 * so that none is a keyword, an alias or an assignment. What no argument can carry is refused with `input-invalid`.
 */
export function quote(command: Command): string {
  refuseUnspeakable(command);
  const line = command.map(quoteWord).join(' ');
  if (Buffer.byteLength(line) > longestLineBytes) {
    throw new BackupError('input-invalid', `A command line is longer than ${longestLineBytes} bytes`);
  }
  return line;
}

/** Refuses with `input-invalid` a command that no machine can start: an empty name, a NUL byte, half a character. */
export function refuseUnspeakable(command: Command): void {
  if (command[0] === '') throw new BackupError('input-invalid', 'A command has no program name');
  for (const word of command) {
    if (word.includes('\0')) throw new BackupError('input-invalid', 'A command holds a NUL byte');
    if (!word.isWellFormed()) throw new BackupError('input-invalid', 'A command holds text that is not Unicode');
  }
}

function quoteWord(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
