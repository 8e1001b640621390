import { BackupError } from '../errors.ts';
import { openLivingVault } from '../sources/vault/living.ts';
import { refitAddresses } from '../sources/vault/whole.ts';
import type { Container } from '../stack/container.ts';
import { findService, readStack, type Stack } from '../stack/stack.ts';
import { openIfUsable } from './authorization.ts';
import type { Context } from './context.ts';
import type { Host, HostAccess } from './site-access.ts';

/**
 * Where logins to Vault are bound to addresses, a start can lock a service out: Docker may have given it another one.
 * Brings the bounds in line with where the containers are now, if any of `started` is elsewhere than before; always
 * for a Vault that was replaced, or where nobody knows what was before (`asked`). Without a usable Vault there is nothing to be done.
 */
export async function refitBounds(
  { remote, project }: Host,
  { fenced }: Pick<HostAccess, 'fenced'>,
  before: Stack,
  started: readonly Container[],
  why: 'started' | 'replaced' | 'asked',
  { log }: Context,
): Promise<void> {
  if (findService(before, 'vault') === undefined) return;
  const stack = await readStack(remote, project);
  const isElsewhere = ({ id, addresses }: Container): boolean => {
    const now = stack.containers.find((container) => container.id === id);
    return now !== undefined && now.addresses.join() !== addresses.join();
  };
  const vault = findService(stack, 'vault');
  if (vault === undefined || (why === 'started' && !started.some(isElsewhere))) return;
  try {
    const { living } = await openIfUsable(openLivingVault(remote, stack, vault));
    await using opened = living;
    if (opened !== undefined) await refitAddresses({ remote, host: fenced, stack, vault }, opened.root);
  } catch (error) {
    // Of a Vault that was not touched it is no reason to undo everything: whether services log in is asked apart.
    if (why === 'replaced' || !(error instanceof BackupError)) throw error;
    log.warn(`${error.message}; services whose addresses changed may not be able to log in to Vault`);
  }
}
