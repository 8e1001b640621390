import type { Readable } from 'node:stream';
import type { Command, Exit } from './remote.ts';
/** A program that runs somewhere: what an adapter must give so that the calls of `Remote` can be built on it. */
export interface Program {
    readonly stdout: Readable;
    readonly stderr: Readable;
    /**
     * How it ended; settles only after both outputs were read to their end. Rejects with a `BackupError`, at once, when
     * that can no longer be known. Never an unhandled rejection.
     */
    readonly exit: Promise<Exit>;
    /** Gives it input. `done` is called once more can be taken, and never if the program takes no more. */
    write(chunk: Uint8Array, done: () => void): void;
    endInput(): void;
    /**
     * Asks the program to end, and insists 5 seconds later. Its input is not closed before: an early end of input could
     * be taken for the whole. Safe at any time and more than once.
     */
    kill(): void;
}
/** Starts a program. Rejects with a `BackupError`; when `signal` fires the start is given up as far as that goes. */
export type Launch = (command: Command, signal: AbortSignal) => Promise<Program>;
/** How long a program that was asked to end may tidy up, in milliseconds. */
export declare const killGraceMs = 5000;
