import type { Remote } from '../remote/remote.ts';
import type { Postgres } from '../sources/postgres/postgres.ts';
import type { Runner } from '../stack/lock.ts';
import type { Context } from './context.ts';
/**
 * Puts right what an earlier run left on the host: its sessions ended, databases open, staged copies gone, stopped
 * services running again. Before a swap's commit that undoes it, after it the swap stands. To be called under the
 * host's lock, which is `fenced`, before anything of this run is on the host. Gives one line for each thing done.
 */
export declare function heal(remote: Remote, project: string, fenced: Runner, postgres: Postgres, context: Context): Promise<string[]>;
