import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

export interface RunOptions {
  /** Written to standard input, which is then closed. */
  readonly input?: string;
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program to its end and gives its standard output; rejects with the tail of its standard error if it did not exit 0. */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const child = spawn(program, args, {
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: options.timeoutMs,
  });
  const ended = new Promise<string | undefined>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve(status === 0 ? undefined : (signal ?? `status ${status}`)));
  });
  // A program may end without reading its input; how it ended is what counts.
  const written = pipeline(Readable.from([options.input ?? '']), child.stdin).catch(() => {});
  const [output, complaint, failure] = await Promise.all([text(child.stdout), text(child.stderr), ended, written]);
  if (failure !== undefined) {
    const command = [program, ...args].join(' ').slice(0, 300);
    throw new Error(`${command} ended with ${failure}: ${complaint.trim().slice(-2000)}`);
  }
  return output;
}

/** Runs a docker command; gives its standard output without the final line break. */
export async function docker(args: readonly string[], options: RunOptions = {}): Promise<string> {
  return (await run('docker', args, options)).replace(/\n$/, '');
}
