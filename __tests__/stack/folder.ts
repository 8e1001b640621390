import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where stacks keep what must outlive a process: outside every checkout. */
export const cacheFolder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'candig-backup');

export interface StackFolder {
  readonly path: string;
  /** What a CanDIG site calls its checkout; bind-mounted at this very path in the host's container. */
  readonly checkout: string;
  readonly keys: string;
  readonly privateKeyFile: string;
  readonly knownHostsFile: string;
  readonly stateFile: string;
}

/** The paths of the stack called `project`; a name Docker would not take is refused. */
export function stackFolder(project: string): StackFolder {
  if (!/^[a-z0-9][a-z0-9_-]{0,39}$/.test(project)) throw new Error(`not a project name: ${JSON.stringify(project)}`);
  const path = join(cacheFolder, 'stacks', project);
  return {
    path,
    checkout: join(path, 'checkout'),
    keys: join(path, 'keys'),
    privateKeyFile: join(path, 'keys', 'id_ed25519'),
    knownHostsFile: join(path, 'keys', 'known_hosts'),
    stateFile: join(path, 'state.json'),
  };
}

/** The projects of all stacks that were begun and not removed, whole or not. */
export async function stackNames(): Promise<string[]> {
  return readdir(join(cacheFolder, 'stacks')).catch(() => []);
}
