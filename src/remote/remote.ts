import type { Duplex, Readable } from 'node:stream';
import { BackupError, type ErrorDetails } from '../errors.ts';

/** A program and its arguments. Never a shell line: quoting happens in one place. Never a secret: those go by input. */
export type Command = readonly [string, ...string[]];

export interface CallOptions {
  /**
   * Ends the call with `cancelled` (or the signal's reason, if that is a `BackupError`), and the remote program with it
   * as far as the login lets us.
   */
  readonly signal?: AbortSignal;
  /** How long the whole call may take; after it the call ends with `timed-out`. None: as long as it moves. */
  readonly timeoutMs?: number;
  /**
   * Given the last 8 KiB that a command wrote to standard error although it exited 0, before its stream ends; not
   * called if that is nothing. May hold patient rows: for sealed evidence only.
   */
  readonly onStderr?: (tail: string) => void;
}

export interface RunOptions extends CallOptions {
  /** Written to standard input, which is then closed. The way for secrets. */
  readonly input?: string | Uint8Array;
  /** The most standard output that is kept, in bytes; more is an error (`command-failed`). Default 4 MiB. */
  readonly maxOutputBytes?: number;
}

/** A two-way stream to a running program: written bytes are its standard input, read bytes its standard output. */
export interface RemoteStream extends Duplex {
  /**
   * Settles once the program has ended: resolves if it exited 0, else rejects as `Remote.run` would.
   * Reading to the end of the stream proves nothing; this does. Never an unhandled rejection when not awaited.
   */
  readonly ended: Promise<void>;
}

/**
 * An open login on a machine: somewhere commands run. Standard error is always drained; its bounded tail is in the
 * error of a failed command (`CommandError.stderrTail`), given to whoever asks for it (`onStderr`), and nowhere else,
 * since it can hold patient rows.
 *
 * A lost connection ends every call under way with `connection-lost` within 10 seconds, also when the other side
 * only went silent; the next call opens a new one.
 */
export interface Remote extends AsyncDisposable {
  /** For people: `user@host:port`, or `this machine`. */
  readonly name: string;
  /** Runs `command`; resolves with its standard output only if it exited 0, else rejects with `CommandError`. */
  run(command: Command, options?: RunOptions): Promise<string>;
  /**
   * The standard output of `command` as a stream. It ends only if the command exited 0; anything else (a status, a
   * signal, no status at all) is an error on the stream, even after the last byte.
   */
  read(command: Command, options?: CallOptions): Readable;
  /** Feeds `input` to `command`'s standard input; resolves only once the command exited 0 and all was read. */
  write(command: Command, input: Readable, options?: CallOptions): Promise<void>;
  /** Starts `command` with both directions open. */
  open(command: Command, options?: CallOptions): RemoteStream;
}

/** How a command ended: an exit status, a signal's name (`SIGKILL`), or neither, which is never success. */
export interface Exit {
  readonly status: number | undefined;
  readonly signal: string | undefined;
}

/** A command that did not exit 0. */
export class CommandError extends BackupError {
  readonly exit: Exit;
  /** The last 8 KiB it wrote to standard error. May hold patient rows: never logged, never in a message. */
  readonly stderrTail: string;

  constructor(
    code: 'command-failed' | 'command-missing',
    message: string,
    exit: Exit,
    stderrTail: string,
    details: ErrorDetails = {},
  ) {
    super(code, message, details);
    this.name = 'CommandError';
    this.exit = exit;
    // Not enumerable, so that no dump of the error's properties shows it.
    this.stderrTail = stderrTail;
    Object.defineProperty(this, 'stderrTail', { value: stderrTail, enumerable: false });
  }
}
