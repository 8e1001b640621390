import { type Context } from './context.ts';
import { type Host } from './site-access.ts';
/**
 * Puts right what a run that was killed left on the host, waiting for its lock to be let go of. Gives a line for each
 * thing done; none if all was well.
 */
export declare function recover(host: Host, context: Context): Promise<readonly string[]>;
