import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { bundle } from '../../scripts/bundle.ts';

export interface Ended {
  /** The exit code; null if a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type Variables = Readonly<Record<string, string>>;

/** The bundled command line, made from the source as it is now, in a folder without node_modules. */
export interface BuiltCli extends AsyncDisposable {
  readonly folder: string;
  start(words: readonly string[], variables: Variables): ChildProcessWithoutNullStreams;
  run(words: readonly string[], variables: Variables): Promise<Ended>;
}

export async function buildCli(): Promise<BuiltCli> {
  const folder = await mkdtemp(join(tmpdir(), 'candig-cli-'));
  const dist = join(folder, 'dist');
  await bundle(dist);
  const start: BuiltCli['start'] = (words, variables) =>
    spawn(process.execPath, [join(dist, 'cli.js'), ...words], {
      cwd: folder,
      // Nothing else of ours, so that no variable of the machine decides a test.
      env: { PATH: process.env.PATH, HOME: folder, ...variables },
      stdio: 'pipe',
    });
  return {
    folder,
    start,
    run: async (words, variables) => await ended(start(words, variables)),
    [Symbol.asyncDispose]: async () => await rm(folder, { recursive: true, force: true }),
  };
}

/** Waits for a process; also gives what it wrote, if nobody else reads that. */
export async function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  child.stdin.end();
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: typeof code === 'number' ? code : null, stdout, stderr };
}
