import { type Context, newRunId } from './context.ts';
import { enterSite, type Host, lockPatienceMs } from './site-access.ts';

/**
 * Puts right what a run that was killed left on the host, waiting for its lock to be let go of. Gives a line for each
 * thing done; none if all was well. With PostgreSQL down it puts right what can be without it, which the log tells, and
 * throws `service-missing` or `service-not-running`: what may be left in the databases was not seen.
 */
export async function recover(host: Host, context: Context): Promise<readonly string[]> {
  await using access = await enterSite(host, 'recover', newRunId(context), context, lockPatienceMs);
  return access.healed;
}
