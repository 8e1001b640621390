import { Duplex } from 'node:stream';
import { BackupError } from '../errors.ts';
import { commandError, programName } from './exit-status.ts';
import type { Launch, Program } from './program.ts';
import { type CallOptions, type Command, CommandError, type RemoteStream } from './remote.ts';
import { keepTail } from './tail.ts';

const stderrTailBytes = 8 * 1024;
const readAheadBytes = 1024 * 1024;

/** Starts `command` by `launch` and gives it as the stream that `Remote.open` promises. `where` is for messages. */
export function openProgram(where: string, command: Command, launch: Launch, options: CallOptions): RemoteStream {
  return new ProgramStream(where, command, launch, options);
}

class ProgramStream extends Duplex implements RemoteStream {
  readonly ended: Promise<void>;
  readonly #settle: PromiseWithResolvers<void>;
  readonly #where: string;
  readonly #command: Command;
  readonly #launch: Launch;
  readonly #giveUp = new AbortController();
  readonly #stderr = keepTail(stderrTailBytes);
  readonly #unwatch: () => void;
  readonly #onStderr: ((tail: string) => void) | undefined;
  #program: Program | undefined;
  #over = false;

  constructor(where: string, command: Command, launch: Launch, options: CallOptions) {
    super({ readableHighWaterMark: readAheadBytes });
    this.#where = where;
    this.#command = command;
    this.#launch = launch;
    this.#onStderr = options.onStderr;
    this.#settle = Promise.withResolvers();
    this.ended = this.#settle.promise;
    this.ended.catch(() => {});
    this.#unwatch = this.#watch(options);
  }

  override _construct(done: (error?: Error | null) => void): void {
    this.#launch(this.#command, this.#giveUp.signal).then(
      (program) => {
        this.#attach(program);
        done();
      },
      // A stream that was destroyed meanwhile has its reason already.
      (error) => done(this.destroyed ? null : error),
    );
  }

  override _read(): void {
    this.#program?.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#over) done(this.#inputUnread());
    else this.#program?.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#program?.endInput();
    done();
  }

  override destroy(error?: Error): this {
    // A stream is destroyed only after its start; so the start has to be given up here.
    this.#giveUp.abort();
    return super.destroy(error);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#unwatch();
    if (!this.#over) this.#program?.kill();
    const reason = error instanceof BackupError ? error : this.#stopped(error);
    this.#settle.reject(reason);
    done(error);
  }

  #attach(program: Program): void {
    this.#program = program;
    program.stderr.on('data', (chunk: Buffer) => this.#stderr.add(chunk));
    program.stderr.on('error', (error) => this.destroy(this.#unreadable(error)));
    program.stdout.on('error', (error) => this.destroy(this.#unreadable(error)));
    program.stdout.on('data', (chunk: Buffer) => {
      // After a destroy the rest is let through, so that the program can end.
      if (!this.destroyed && !this.push(chunk)) program.stdout.pause();
    });
    program.exit.then(
      (exit) => {
        this.#over = true;
        if (exit.status === 0) this.#succeed();
        else this.destroy(commandError(this.#where, this.#command, exit, this.#stderr.text()));
      },
      (error) => this.destroy(error),
    );
  }

  #succeed(): void {
    if (this.destroyed) return;
    this.#unwatch();
    const said = this.#stderr.text();
    if (said !== '') this.#onStderr?.(said);
    this.#settle.resolve();
    // What was written and never taken is an error, but not before what the program said has been read.
    this.once('end', () => {
      if (this.writableLength > 0) this.destroy(this.#inputUnread());
      else this.end();
    });
    this.push(null);
  }

  #watch({ signal, timeoutMs }: CallOptions): () => void {
    const name = programName(this.#command);
    // Whoever aborts with a reason of ours knows better than `cancelled`: a lock that was lost, say.
    const cancel = () =>
      this.destroy(
        signal?.reason instanceof BackupError
          ? signal.reason
          : new BackupError('cancelled', `${name} on ${this.#where} was cancelled`),
      );
    const expire = () =>
      this.destroy(new BackupError('timed-out', `${name} on ${this.#where} did not end within ${timeoutMs} ms`));
    const timer = timeoutMs === undefined ? undefined : setTimeout(expire, timeoutMs);
    if (signal?.aborted) queueMicrotask(cancel);
    else signal?.addEventListener('abort', cancel, { once: true });
    return () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
    };
  }

  #inputUnread(): CommandError {
    const message = `${programName(this.#command)} on ${this.#where} ended before it had read all of its input`;
    return new CommandError('command-failed', message, { status: 0, signal: undefined }, this.#stderr.text());
  }

  #unreadable(cause: Error): BackupError {
    const message = `The output of ${programName(this.#command)} on ${this.#where} cannot be read`;
    return new BackupError('connection-lost', message, { cause });
  }

  #stopped(cause: Error | null): BackupError {
    const message = `${programName(this.#command)} on ${this.#where} was stopped before it had ended`;
    return new BackupError('cancelled', message, cause === null ? {} : { cause });
  }
}
