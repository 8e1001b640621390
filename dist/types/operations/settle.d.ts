import type { Remote } from '../remote/remote.ts';
import type { Postgres } from '../sources/postgres/postgres.ts';
import { type Journal } from '../stack/journal.ts';
import type { Runner } from '../stack/lock.ts';
import { type Stack } from '../stack/stack.ts';
/**
 * Ends a restore of authorization that was cut off, from what lies on the host alone: undone if the databases had not
 * changed places yet, else finished. Then what writes is started. Gives a line for each thing done.
 */
export declare function settleAuthorization(host: {
    readonly remote: Remote;
    readonly project: string;
}, fenced: Runner, stack: Stack, postgres: Postgres, journal: Journal): Promise<string[]>;
