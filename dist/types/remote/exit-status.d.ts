import { type Command, CommandError, type Exit } from './remote.ts';
/** The error of a `command` that did not exit 0 on `where`. `stderrTail` is carried, never shown. */
export declare function commandError(where: string, command: Command, exit: Exit, stderrTail: string): CommandError;
/**
 * What to call `command` in messages: the program, and for docker its verb. Never another argument, which may say
 * more than a log should.
 */
export declare function programName(command: Command): string;
