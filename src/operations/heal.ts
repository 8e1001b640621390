import type { Remote } from '../remote/remote.ts';
import { dropStaged, endLeftoverSessions } from '../sources/postgres/leftovers.ts';
import type { Postgres } from '../sources/postgres/postgres.ts';
import { listDatabases } from '../sources/postgres/properties.ts';
import { reopenDatabases } from '../sources/postgres/swap.ts';
import { clearJournal, readJournal } from '../stack/journal.ts';
import { startContainers } from '../stack/services.ts';
import { readStack } from '../stack/stack.ts';
import type { Context } from './context.ts';

/**
 * Puts right what an earlier run left on the host: its sessions ended, databases open, staged copies gone, stopped
 * services running again. Before a swap's commit that undoes it, after it the swap stands. To be called under the
 * host's lock, before anything of this run is on the host. Gives one line for each thing done.
 */
export async function heal(remote: Remote, project: string, postgres: Postgres, context: Context): Promise<string[]> {
  const done: string[] = [];
  const admin = await postgres.admin();
  const [journal, ended] = await Promise.all([
    readJournal(remote, project),
    endLeftoverSessions(admin, postgres.server.applicationName),
  ]);
  if (ended > 0) done.push(`ended ${ended} database sessions of an earlier run`);
  if (journal !== undefined) {
    const closed = (await listDatabases(admin)).filter(
      ({ name, acceptsConnections }) => !acceptsConnections && journal.databases.includes(name),
    );
    await reopenDatabases(
      admin,
      closed.map(({ name }) => name),
    );
    done.push(...closed.map(({ name }) => `opened database ${name} again`));
  }
  done.push(...(await dropStaged(admin)).map((name) => `dropped ${name}, which was staged and never used`));
  if (journal !== undefined) {
    const present = await readStack(remote, project);
    const down = journal.services.filter(({ id }) =>
      present.containers.some((container) => container.id === id && container.state !== 'running'),
    );
    await startContainers(
      remote,
      down.map(({ id }) => id),
    );
    done.push(...down.map(({ name }) => `started ${name}`));
    await clearJournal(remote, project);
  }
  for (const line of done) context.log.warn(`An earlier run was cut off: ${line}`);
  return done;
}
