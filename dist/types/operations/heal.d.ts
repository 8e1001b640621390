import type { Postgres } from '../sources/postgres/postgres.ts';
import { type Journal } from '../stack/journal.ts';
import type { Runner } from '../stack/lock.ts';
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
export declare function healHost(project: string, fenced: Runner): Promise<HealedHost>;
/**
 * The same for PostgreSQL: sessions of earlier runs ended, staged copies gone.
 */
export declare function healDatabases(postgres: Postgres, closed: readonly string[]): Promise<string[]>;
