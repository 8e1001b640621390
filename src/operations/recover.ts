import { type Context, newRunId } from './context.ts';
import { enterHost, type Host, lockPatienceMs } from './site-access.ts';

/**
 * Puts right what a run that was killed left on the host, waiting for its lock to be let go of. Gives a line for each
 * thing done; none if all was well.
 */
export async function recover(host: Host, context: Context): Promise<readonly string[]> {
  await using access = await enterHost(host, 'recover', newRunId(context), context, lockPatienceMs);
  return access.healed;
}
