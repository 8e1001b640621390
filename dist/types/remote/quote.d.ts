import type { Command } from './remote.ts';
/**
 * `command` as one line for a POSIX shell that gives the program exactly these bytes as arguments. Every word is quoted,
 * so that none is a keyword, an alias or an assignment. What no argument can carry is refused with `input-invalid`.
 */
export declare function quote(command: Command): string;
/** Refuses with `input-invalid` a command that no machine can start: an empty name, a NUL byte, half a character. */
export declare function refuseUnspeakable(command: Command): void;
