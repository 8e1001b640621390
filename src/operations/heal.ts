import { BackupError } from '../errors.ts';
import { dropStaged, endLeftoverSessions } from '../sources/postgres/leftovers.ts';
import type { Postgres } from '../sources/postgres/postgres.ts';
import { reopenAfterSwap } from '../sources/postgres/swap.ts';
import { putRight } from '../stack/guard.ts';
import { clearJournal, type Journal, readLeft } from '../stack/journal.ts';
import type { Runner } from '../stack/lock.ts';
import { removeOwnContainers } from '../stack/own-containers.ts';

export interface HealedHost {
  /** One line for each thing done, by us or by the guard. */
  readonly done: string[];
  /** The journal of a run whose restore of authorization is still to be settled. */
  readonly unsettled: Journal | undefined;
  /** Databases that were closed: to be looked at in whatever container has them now. */
  readonly databases: readonly string[];
}

/**
 * Puts right what an earlier run left on the host: what it froze thawed, databases open, stopped services running,
 * containers of ours gone. Before a swap's commit that undoes it, after it the swap stands. To be called under the host's
 * lock, which is `fenced`, before anything of this run is on the host. Throws `needs-person` if something does not come
 * up again; the journal then stays.
 */
export async function healHost(project: string, fenced: Runner): Promise<HealedHost> {
  const { journal, guarded } = await readLeft(fenced, project);
  const done = [...guarded];
  let unsettled: Journal | undefined;
  if (journal !== undefined || guarded.length > 0) {
    // First of all: a Vault that stands still keeps everybody waiting.
    const { done: more, outcome } = await putRight(fenced, project);
    done.push(...more);
    if (outcome === 'failed') {
      const failed = more.filter((line) => line.startsWith('failed')).join(', ');
      throw new BackupError('needs-person', `What an earlier run left cannot be put right: ${failed}`, {
        hint: 'Find out why (docker logs), then run recover',
      });
    }
    if (outcome === 'unsettled') unsettled = journal;
    // What the guard said is told now.
    else await clearJournal(fenced, project);
  }
  const removed = await removeOwnContainers(fenced, project);
  if (removed > 0) done.push(`removed ${removed} containers of an earlier run`);
  return { done, unsettled, databases: journal?.databases ?? [] };
}

/**
 * The same for PostgreSQL: sessions of earlier runs ended, staged copies gone.
 */
export async function healDatabases(postgres: Postgres, closed: readonly string[]): Promise<string[]> {
  const admin = await postgres.admin();
  // In a container that took the place of the one that was written down.
  const opened = closed.length === 0 ? [] : await reopenAfterSwap(admin, closed);
  const ended = await endLeftoverSessions(admin, postgres.server.applicationName);
  const dropped = await dropStaged(admin);
  return [
    ...opened.map((name) => `opened database ${name} again`),
    ...(ended > 0 ? [`ended ${ended} database sessions of an earlier run`] : []),
    ...dropped.map((name) => `dropped ${name}, which was staged and never used`),
  ];
}
