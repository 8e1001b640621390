import { BackupError } from '../errors.ts';
import { openLivingVault } from '../sources/vault/living.ts';
import { forgetKept, listKept, stageKeptSecrets } from '../sources/vault/secrets.ts';
import { forgetWhole, listWhole, stageKeptWhole } from '../sources/vault/whole.ts';
import { findService } from '../stack/stack.ts';
import { type AuthorizationMode, loggedOut, openIfUsable, type VaultRun } from './authorization.ts';
import { type Host, type HostAccess, requireLock } from './site-access.ts';
import type { AuthorizationSwap } from './swap-run.ts';

/** Authorization that a restore or a rollback put aside. */
export interface KeptAuthorization {
  readonly runId: string;
  readonly at: string;
  readonly mode: AuthorizationMode;
}

/**
 * What earlier restores and rollbacks kept of authorization, newest first; none where there is no Vault. `unseen`: why the
 * living Vault could not be asked for what is kept in it.
 */
export async function listKeptAuthorization(
  { remote }: Host,
  { stack, signal }: Pick<HostAccess, 'stack' | 'signal'>,
): Promise<{ readonly kept: KeptAuthorization[]; readonly unseen?: unknown }> {
  const vault = findService(stack, 'vault');
  if (vault === undefined) return { kept: [] };
  const { living, why } = await openIfUsable(openLivingVault(remote, stack, vault, { signal }));
  await using _opened = living;
  const [secrets, whole] = await Promise.all([
    living === undefined ? [] : listKept(living.root),
    listWhole({ remote, stack, vault }),
  ]);
  const kept = [
    ...secrets.map(({ run, at }) => ({ runId: run, at, mode: 'secrets' as const })),
    ...whole
      .filter(({ role }) => role === 'previous')
      .map(({ run, at }) => ({ runId: run, at, mode: 'whole' as const })),
  ];
  kept.sort((a, b) => (a.at < b.at ? 1 : -1));
  return living === undefined ? { kept, unseen: why } : { kept };
}

/** Kept authorization as something to swap in. What lives now is kept in its turn. */
export async function stageKeptAuthorization(
  host: Host,
  access: HostAccess,
  kept: KeptAuthorization,
  run: VaultRun,
): Promise<AuthorizationSwap & AsyncDisposable> {
  const { remote } = host;
  const { stack } = access;
  const vault = findService(stack, 'vault');
  if (vault === undefined) throw new BackupError('service-missing', `Project ${stack.project} has no Vault any more`);
  const { mode } = kept;
  const { living, why } = await openIfUsable(
    openLivingVault(remote, stack, vault, { signal: run.signal, run: run.runId }),
  );
  const dispose = async (): Promise<void> => await living?.[Symbol.asyncDispose]();
  try {
    if (mode === 'secrets') {
      if (living === undefined) throw why;
      const staged = await stageKeptSecrets(living, kept.runId, run);
      const { leftToOthers } = staged;
      return { mode, vault, staged, leftToOthers, unwell: async () => [], [Symbol.asyncDispose]: dispose };
    }
    const site = { remote, host: access.fenced, stack, vault };
    const staged = await stageKeptWhole(site, kept.runId, living?.root, run);
    const unwell = async () => await loggedOut(host, vault, run.signal);
    return { mode, vault, staged, leftToOthers: () => 0, unwell, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Removes all of it for good. Gives how many there were. */
export async function forgetAuthorization(host: Host, access: HostAccess): Promise<number> {
  const { kept, unseen } = await listKeptAuthorization(host, access);
  // What is kept there would be called forgotten, and stay.
  if (unseen !== undefined) throw unseen;
  const vault = findService(access.stack, 'vault');
  if (kept.length === 0 || vault === undefined) return 0;
  const { remote } = host;
  const { stack } = access;
  for (const { runId, mode } of kept) {
    access.signal.throwIfAborted();
    await requireLock(access);
    if (mode === 'whole') await forgetWhole({ remote, host: access.fenced, stack, vault }, runId);
    else {
      await using living = await openLivingVault(remote, stack, vault, { signal: access.signal });
      await forgetKept(living.root, runId);
    }
  }
  return kept.length;
}
