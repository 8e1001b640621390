import type { CallOptions, Remote } from '../remote/remote.ts';
import type { Runner } from './lock.ts';
import { runDocker } from './stack.ts';

/** Carried by every container we make, with the run that made it as its value. */
export const ownLabel = 'candig-backup.run';
/** Carried as well, with the compose project it works for. */
const projectLabel = 'candig-backup.project';

/** What a container of ours is started with so that it can be found again. */
export function ownLabels(project: string, run: string): string[] {
  return ['--label', `${ownLabel}=${run}`, '--label', `${projectLabel}=${project}`];
}

/**
 * Removes the containers that earlier runs for `project` left, with their volumes, by their ids. To be called under the
 * lock, before this run has made any. Gives how many there were.
 */
export async function removeOwnContainers(
  remote: Remote,
  fenced: Runner,
  project: string,
  options: CallOptions = {},
): Promise<number> {
  const filter = ['--filter', `label=${projectLabel}=${project}`];
  const listed = await runDocker(remote, 'List our containers', ['ps', '-aq', '--no-trunc', ...filter], options);
  const ids = listed.split('\n').filter((line) => line !== '');
  if (ids.length > 0) {
    await runDocker(fenced, 'Remove our containers', ['rm', '--force', '--volumes', ...ids], options);
  }
  return ids.length;
}
