import { isBackupError } from '../errors.ts';
import { endOtherWays } from '../sources/vault/api.ts';
import { discardStaged } from '../sources/vault/whole.ts';
import type { Runner } from '../stack/lock.ts';
import { findService, readStack } from '../stack/stack.ts';
import type { Context } from './context.ts';
import { refitBounds } from './refit.ts';
import type { Host } from './site-access.ts';

/**
 * Puts right what dead runs left with Vault: connections that are open, copies beside it that never took its place, and
 * logins bound to addresses that services had before they were started again. To be called under the host's lock, with
 * nothing unsettled. Gives a line for each thing done.
 */
export async function healVault(host: Host, fenced: Runner, runId: string, context: Context): Promise<string[]> {
  const { remote, project } = host;
  const stack = await readStack(remote, project);
  const vault = findService(stack, 'vault');
  if (vault === undefined) return [];
  await endConnections(fenced, vault.id, runId);
  const discarded = await discardStaged({ remote, host: fenced, stack, vault });
  await refitBounds(host, { fenced }, stack, [], 'asked', context);
  return discarded.length > 0 ? ['removed a copy of Vault that was never used'] : [];
}

/** Ends what other runs have open to a Vault; with a container that does not run they have ended by themselves. */
export async function endConnections(fenced: Runner, containerId: string, runId: string): Promise<void> {
  await endOtherWays(fenced, containerId, runId).catch((error: unknown) => {
    if (!isBackupError(error, 'service-not-running')) throw error;
  });
}
