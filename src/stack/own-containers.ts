import type { CallOptions } from '../remote/remote.ts';
import type { Runner } from './lock.ts';
import { runDocker } from './stack.ts';

/** Carried by every container we make, with the run that made it as its value. */
export const ownLabel = 'candig-backup.run';
/** Carried as well, with the compose project it works for. */
const projectLabel = 'candig-backup.project';

/**
 * What a container of ours is started with so that it can be found again. An image that compose built carries its labels:
 * without ours in their place the container would count as one of the project's services.
 */
export function ownLabels(project: string, run: string): string[] {
  const notOfCompose = ['project', 'service', 'oneoff'].map((name) => `com.docker.compose.${name}=`);
  const labels = [`${ownLabel}=${run}`, `${projectLabel}=${project}`, ...notOfCompose];
  return labels.flatMap((label) => ['--label', label]);
}

/**
 * Removes the containers that earlier runs for `project` left, with their volumes, by their ids. To be called under the
 * lock, before this run has made any. Gives how many there were.
 */
export async function removeOwnContainers(fenced: Runner, project: string, options: CallOptions = {}): Promise<number> {
  const filter = ['--filter', `label=${projectLabel}=${project}`];
  // Under the fence: what a dead run is just making is waited for, and is in the list.
  const listed = await runDocker(fenced, 'List our containers', ['ps', '-aq', '--no-trunc', ...filter], options);
  const ids = listed.split('\n').filter((line) => line !== '');
  if (ids.length > 0) {
    await runDocker(fenced, 'Remove our containers', ['rm', '--force', '--volumes', ...ids], options);
  }
  return ids.length;
}
