import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../../scripts/bundle.ts';
import { type Ended, ended } from '../cli/built-cli.ts';

export type Inputs = Readonly<Record<string, string>>;

export interface Step extends Ended {
  /** What the step wrote to the files a runner gives it. */
  readonly output: string;
  readonly state: string;
  readonly summary: string;
}

/** The bundled action, run as a runner does: inputs in the environment, files for what it says. */
export interface BuiltAction extends AsyncDisposable {
  readonly folder: string;
  start(entry: 'main' | 'post', inputs: Inputs, more?: Inputs): ChildProcessWithoutNullStreams;
  run(entry: 'main' | 'post', inputs: Inputs, more?: Inputs): Promise<Step>;
  /** The state that main saved last, as the runner hands it to post. */
  stateForPost(): Promise<Inputs>;
}

const files = { GITHUB_OUTPUT: 'output', GITHUB_STATE: 'state', GITHUB_STEP_SUMMARY: 'summary' } as const;

export async function buildAction(): Promise<BuiltAction> {
  const folder = await mkdtemp(join(tmpdir(), 'candig-action-'));
  await bundle(join(folder, 'dist'));
  await mkdir(join(folder, 'runner'));
  const path = (name: string) => join(folder, 'runner', name);

  const start: BuiltAction['start'] = (entry, inputs, more = {}) =>
    spawn(process.execPath, [join(folder, 'dist', `${entry}.js`)], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        GITHUB_ACTIONS: 'true',
        GITHUB_EVENT_NAME: 'workflow_dispatch',
        ...Object.fromEntries(Object.entries(files).map(([variable, name]) => [variable, path(name)])),
        ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
        ...more,
      },
      stdio: 'pipe',
    });
  const read = async (name: string) => await readFile(path(name), 'utf8');
  const clear = async () =>
    await Promise.all(Object.values(files).map(async (name) => await writeFile(path(name), '')));
  await clear();
  return {
    folder,
    start,
    run: async (entry, inputs, more) => {
      await clear();
      const end = await ended(start(entry, inputs, more));
      const [output, state, summary] = await Promise.all(['output', 'state', 'summary'].map(read));
      return { ...end, output: output ?? '', state: state ?? '', summary: summary ?? '' };
    },
    stateForPost: async () => {
      // `name<<delimiter`, the value, the delimiter; the last one of a name counts.
      const saved = (await read('state')).matchAll(/^([\w-]+)<<(\S+)\n([\s\S]*?)\n\2$/gm);
      return Object.fromEntries([...saved].map(([, name, , value]) => [`STATE_${name}`, value ?? '']));
    },
    [Symbol.asyncDispose]: async () => await rm(folder, { recursive: true, force: true }),
  };
}
