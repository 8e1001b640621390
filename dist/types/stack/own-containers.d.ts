import type { CallOptions, Remote } from '../remote/remote.ts';
import type { Runner } from './lock.ts';
/** Carried by every container we make, with the run that made it as its value. */
export declare const ownLabel = "candig-backup.run";
/** What a container of ours is started with so that it can be found again. */
export declare function ownLabels(project: string, run: string): string[];
/**
 * Removes the containers that earlier runs for `project` left, with their volumes, by their ids. To be called under the
 * lock, before this run has made any. Gives how many there were.
 */
export declare function removeOwnContainers(remote: Remote, fenced: Runner, project: string, options?: CallOptions): Promise<number>;
