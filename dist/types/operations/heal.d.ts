import type { Remote } from '../remote/remote.ts';
import type { Postgres } from '../sources/postgres/postgres.ts';
import type { Runner } from '../stack/lock.ts';
/**
 * Puts right what an earlier run left on the host: what it froze thawed, databases open, stopped services running,
 * containers of ours gone. Before a swap's commit that undoes it, after it the swap stands. To be called under the host's
 * lock, which is `fenced`, before anything of this run is on the host. Gives one line for each thing done, by us or by
 * the guard. Throws `needs-person` if something does not come up again; the journal then stays.
 */
export declare function healHost(remote: Remote, project: string, fenced: Runner): Promise<string[]>;
/**
 * The same for PostgreSQL: sessions of earlier runs ended, staged copies gone.
 */
export declare function healDatabases(postgres: Postgres): Promise<string[]>;
