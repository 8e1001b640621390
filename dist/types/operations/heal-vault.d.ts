import type { Runner } from '../stack/lock.ts';
import type { Context } from './context.ts';
import type { Host } from './site-access.ts';
/**
 * Puts right what dead runs left with Vault: connections that are open, copies beside it that never took its place, and
 * logins bound to addresses that services had before they were started again. To be called under the host's lock, with
 * nothing unsettled. Gives a line for each thing done.
 */
export declare function healVault(host: Host, fenced: Runner, runId: string, context: Context): Promise<string[]>;
/** Ends what other runs have open to a Vault; with a container that does not run they have ended by themselves. */
export declare function endConnections(fenced: Runner, containerId: string, runId: string): Promise<void>;
