import { readFile, writeFile } from 'node:fs/promises';
import type { Ports } from './create.ts';
import type { StackFolder } from './folder.ts';
import type { Images } from './images.ts';
import type { ContainerName } from './services.ts';

/** What is known of a stack that is up. */
export interface State {
  readonly project: string;
  readonly ports: Ports;
  readonly images: Images;
  /** Full ids; one that is made anew has another. */
  readonly containers: Record<ContainerName, string>;
}

/** Undefined: there is no such stack, or it is not whole. */
export async function readState(folder: StackFolder): Promise<State | undefined> {
  const text = await readFile(folder.stateFile, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as State);
}

export async function writeState(folder: StackFolder, state: State): Promise<void> {
  await writeFile(folder.stateFile, JSON.stringify(state, undefined, 2));
}
