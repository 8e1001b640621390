import { isBackupError } from '../errors.ts';
import type { Remote } from '../remote/remote.ts';
import { dropStaged, endLeftoverSessions } from '../sources/postgres/leftovers.ts';
import type { Postgres } from '../sources/postgres/postgres.ts';
import { reopenAfterSwap } from '../sources/postgres/swap.ts';
import { flushKatsuCache } from '../stack/cache.ts';
import { clearJournal, readJournal } from '../stack/journal.ts';
import type { Runner } from '../stack/lock.ts';
import { startContainers } from '../stack/services.ts';
import { readStack } from '../stack/stack.ts';
import type { Context } from './context.ts';

/**
 * Puts right what an earlier run left on the host: its sessions ended, databases open, staged copies gone, stopped
 * services running again. Before a swap's commit that undoes it, after it the swap stands. To be called under the
 * host's lock, which is `fenced`, before anything of this run is on the host. Gives one line for each thing done.
 */
export async function heal(
  remote: Remote,
  project: string,
  fenced: Runner,
  postgres: Postgres,
  context: Context,
): Promise<string[]> {
  const done: string[] = [];
  const admin = await postgres.admin();
  const [journal, ended] = await Promise.all([
    readJournal(remote, project),
    endLeftoverSessions(admin, postgres.server.applicationName),
  ]);
  if (ended > 0) done.push(`ended ${ended} database sessions of an earlier run`);
  if (journal !== undefined) {
    // What the dead run had asked of Docker may still be under way: only after that does the state of things count.
    await fenced.run(['true'], { timeoutMs: 120_000 });
    const opened = await reopenAfterSwap(admin, journal.databases);
    done.push(...opened.map((name) => `opened database ${name} again`));
  }
  done.push(...(await dropStaged(admin)).map((name) => `dropped ${name}, which was staged and never used`));
  if (journal !== undefined) {
    const present = await readStack(remote, project);
    await flushKatsuCache(remote, present).catch((error: unknown) => {
      // Old counts for a day are less than a site that stays down.
      if (!isBackupError(error)) throw error;
      context.log.warn(`${error.message}; until tomorrow the portal may show counts from before`);
    });
    const running = present.containers.filter(({ state }) => state === 'running').map(({ id }) => id);
    const down = journal.services.filter(({ id }) => !running.includes(id));
    const failed: unknown[] = [];
    for (const { id, name } of down) {
      const started = await startContainers(fenced, [id]).then(
        () => true,
        (error: unknown) => {
          // Removed meanwhile: whoever did that has put another in its place, or wants none.
          if (!isBackupError(error, 'service-replaced')) failed.push(error);
          return false;
        },
      );
      done.push(started ? `started ${name}` : `left ${name}, which does not start or is not there any more`);
    }
    // Only now: one that does not start must not keep the others down.
    if (failed.length > 0) throw failed[0];
    await clearJournal(fenced, project);
  }
  for (const line of done) context.log.warn(`An earlier run was cut off: ${line}`);
  return done;
}
