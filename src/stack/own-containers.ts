import { isBackupError } from '../errors.ts';
import { type CallOptions, CommandError } from '../remote/remote.ts';
import type { Runner } from './lock.ts';
import { runDocker } from './stack.ts';

/** Carried by every container we make, with the run that made it as its value. */
export const ownLabel = 'candig-backup.run';
/** Carried as well, with the compose project it works for. */
const projectLabel = 'candig-backup.project';
const patienceMs = 15_000;

/**
 * What a container of ours is started with so that it can be found again. An image that compose built says which service
 * it is of, and ours must never be taken for one.
 */
export function ownLabels(project: string, run: string): string[] {
  const compose = ['project', 'service', 'oneoff'].map((name) => `com.docker.compose.${name}=`);
  return [`${ownLabel}=${run}`, `${projectLabel}=${project}`, ...compose].map((label) => `--label=${label}`);
}

/**
 * Removes the containers that earlier runs for `project` left, with their volumes, by their ids, and only those. To be
 * called under the lock, before this run has made any. Gives how many there were.
 */
export async function removeOwnContainers(host: Runner, project: string, options: CallOptions = {}): Promise<number> {
  const filter = ['--filter', `label=${projectLabel}=${project}`];
  // Under the fence: what a dead run is just making is waited for, and is in the list.
  const listed = await runDocker(host, 'List our containers', ['ps', '-aq', '--no-trunc', ...filter], options);
  const ids = listed.split('\n').filter((line) => line !== '');
  for (const id of ids) {
    const remove = ['rm', '--force', '--volumes', id];
    await runDocker(host, 'Remove our containers', remove, { timeoutMs: patienceMs, ...options }).catch(
      (error: unknown) => {
        // One that is just going by itself; or one that Docker keeps while a dead run's client hangs on to it.
        if (!(error instanceof CommandError) && !isBackupError(error, 'timed-out')) throw error;
      },
    );
  }
  return ids.length;
}
