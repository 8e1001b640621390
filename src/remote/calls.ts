import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BackupError } from '../errors.ts';
import { programName } from './exit-status.ts';
import type { Launch } from './program.ts';
import { openProgram } from './program-stream.ts';
import { type CallOptions, type Command, CommandError, type Remote, type RemoteStream } from './remote.ts';

const defaultOutputBytes = 4 * 1024 * 1024;

/** The calls of `Remote`, built on `launch`. Disposing it ends every call under way with `cancelled`, then calls `close`. */
export function remoteOf(name: string, launch: Launch, close: () => Promise<void>): Remote {
  const underWay = new Set<RemoteStream>();
  let closed = false;

  const start: Launch = async (command, signal) => {
    if (closed) throw new BackupError('cancelled', `The login on ${name} was closed`);
    return launch(command, signal);
  };

  function begin(command: Command, options: CallOptions = {}): RemoteStream {
    const stream = openProgram(name, command, start, options);
    underWay.add(stream);
    stream.once('close', () => underWay.delete(stream));
    return stream;
  }

  function open(command: Command, options?: CallOptions): RemoteStream {
    const stream = begin(command, options);
    // `ended` tells; a stream nobody listens to must not end the process.
    stream.on('error', () => {});
    return stream;
  }

  return {
    name,
    open,
    async run(command, { input, maxOutputBytes = defaultOutputBytes, ...call } = {}) {
      const stream = open(command, call);
      stream.end(input);
      const chunks: Buffer[] = [];
      let sizeBytes = 0;
      for await (const chunk of stream) {
        sizeBytes += chunk.length;
        if (sizeBytes > maxOutputBytes) throw tooMuch(name, command, maxOutputBytes);
        chunks.push(chunk);
      }
      await stream.ended;
      return Buffer.concat(chunks).toString('utf8');
    },
    read(command, options): Readable {
      const stream = begin(command, options);
      stream.end();
      return stream;
    },
    async write(command, input, options) {
      const stream = open(command, options);
      stream.resume();
      await pipeline(input, stream);
      await stream.ended;
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      for (const stream of underWay) stream.destroy(new BackupError('cancelled', `The login on ${name} was closed`));
      await close();
    },
  };
}

function tooMuch(where: string, command: Command, limitBytes: number): CommandError {
  const message = `${programName(command)} on ${where} wrote more than ${limitBytes} bytes`;
  return new CommandError('command-failed', message, { status: undefined, signal: undefined }, '');
}
