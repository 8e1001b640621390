import { BackupError, type ErrorCode, isBackupError } from '../errors.ts';
import { type Comparison, compareAuthorization, type StoreCounts } from '../sources/vault/compare.ts';
import { type Entries, readEntries } from '../sources/vault/entries.ts';
import { type LivingVault, openLivingVault } from '../sources/vault/living.ts';
import { readLogins } from '../sources/vault/logins.ts';
import { proveLogins } from '../sources/vault/prove.ts';
import { stageSecrets } from '../sources/vault/secrets.ts';
import { stageVault } from '../sources/vault/stage.ts';
import { parseStores } from '../sources/vault/stores.ts';
import { stageWhole } from '../sources/vault/whole.ts';
import type { Container } from '../stack/container.ts';
import { findService, readStack } from '../stack/stack.ts';
import type { Host, HostAccess } from './site-access.ts';
import type { AuthorizationSwap } from './swap-run.ts';
import type { KeptVault } from './vault-objects.ts';

/** How authorization comes back: entry by entry into the living Vault, or the backup's Vault in its place. */
export type AuthorizationMode = 'secrets' | 'whole';

export interface AuthorizationRequest {
  /** Undefined: as fits the site, if the backup holds authorization. */
  readonly authorization: AuthorizationMode | 'none' | undefined;
  /** Paths in Vault to restore besides those that are authorization in every CanDIG. */
  readonly authorizationStores: readonly string[];
  /** How many grants that were taken away since may come back. */
  readonly acceptReturned: number;
}

/** Counts only, by store: names and values stay in Vault. */
export interface AuthorizationReport {
  readonly mode: AuthorizationMode;
  /** Null if there is no living Vault to compare with. */
  readonly stores: readonly StoreCounts[] | null;
  /** Grants that come back although they were taken away since. */
  readonly returned: number | null;
}

/** Why a living Vault cannot be worked with: what `whole` is for. */
const unusable: readonly ErrorCode[] = ['vault-sealed', 'vault-keys-wrong', 'vault-unusable', 'service-not-running'];

/** The living Vault, or why it cannot be worked with. */
export async function openIfUsable(
  opening: Promise<LivingVault>,
): Promise<{ readonly living: LivingVault | undefined; readonly why?: unknown }> {
  try {
    return { living: await opening };
  } catch (error) {
    if (!unusable.some((code) => isBackupError(error, code))) throw error;
    return { living: undefined, why: error };
  }
}

export interface VaultRun {
  readonly runId: string;
  readonly at: string;
  readonly signal: AbortSignal;
}

export interface StagedAuthorization extends AuthorizationSwap, AsyncDisposable {
  readonly report: AuthorizationReport;
}

/** What would change of authorization, without any of it being changed. */
export async function compareWithLiving(
  host: Host,
  access: Pick<HostAccess, 'stack' | 'fenced'>,
  kept: KeptVault,
  request: AuthorizationRequest,
  run: VaultRun,
): Promise<{
  readonly report: AuthorizationReport;
  readonly wanted: Entries;
  readonly vault: Container;
  readonly living: LivingVault | undefined;
}> {
  const vault = vaultOf(access);
  const opening = openLivingVault(host.remote, access.stack, vault, { signal: run.signal, run: run.runId });
  const { living, why } = await openIfUsable(opening);
  try {
    const mode = modeFor(request, living, why);
    const { runId, signal } = run;
    await using staged = await stageVault(host.remote, kept, {
      host: access.fenced,
      project: host.project,
      runId,
      image: vault.image,
      signal,
    });
    const stores = parseStores(request.authorizationStores);
    const wanted = await readEntries(staged.api, stores);
    const comparison: Comparison | undefined =
      living && compareAuthorization(wanted, await readEntries(living.root, stores));
    const report = { mode, stores: comparison?.stores ?? null, returned: comparison?.returned ?? null };
    return { report, wanted, vault, living };
  } catch (error) {
    await living?.[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Makes the authorization of a backup ready beside the living Vault. Refuses what would give access back that was taken
 * away since, unless just that many grants are accepted. Nothing that lives is changed.
 */
export async function stageAuthorization(
  host: Host,
  access: HostAccess,
  kept: KeptVault,
  request: AuthorizationRequest,
  run: VaultRun,
): Promise<StagedAuthorization> {
  const { report, wanted, vault, living } = await compareWithLiving(host, access, kept, request, run);
  try {
    refuseReturned(report, request);
    const { mode } = report;
    const { remote } = host;
    const site = { remote, host: access.fenced, stack: access.stack, vault };
    if (mode === 'secrets' && living !== undefined) {
      const staged = await stageSecrets(living, wanted, run);
      return {
        ...{ report, mode, vault, staged, leftToOthers: staged.leftToOthers, unwell: async () => [] },
        [Symbol.asyncDispose]: async () => await living[Symbol.asyncDispose](),
      };
    }
    const staged = await stageWhole(site, kept, living?.root, run);
    return {
      ...{ report, mode, vault, staged, leftToOthers: () => 0 },
      unwell: async () => await loggedOut(host, vault, run.signal),
      [Symbol.asyncDispose]: async () => await living?.[Symbol.asyncDispose](),
    };
  } catch (error) {
    await living?.[Symbol.asyncDispose]();
    throw error;
  }
}

/** The services that cannot log in to Vault, of those that run. */
export async function loggedOut(
  { remote, project }: Host,
  vault: Container,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const stack = await readStack(remote, project, { signal });
  const logins = await readLogins(remote, stack, { signal });
  const here = findService(stack, 'vault') ?? vault;
  const tried = await proveLogins(remote, here, logins, { signal });
  return tried.filter(({ well, from }) => !well && from.length > 0).map(({ service }) => service);
}

function vaultOf({ stack }: Pick<HostAccess, 'stack'>): Container {
  const vault = findService(stack, 'vault');
  if (vault !== undefined) return vault;
  throw new BackupError('service-missing', `Project ${stack.project} has no container of service vault`, {
    hint: 'Start the stack, or restore the databases alone with authorization: none',
  });
}

function modeFor(
  { authorization }: AuthorizationRequest,
  living: LivingVault | undefined,
  why: unknown,
): AuthorizationMode {
  if (authorization === 'whole') return 'whole';
  if (living !== undefined) return 'secrets';
  if (!(why instanceof BackupError)) throw why;
  throw new BackupError('restore-refused', `Authorization cannot be written into the living Vault: ${why.message}`, {
    hint: 'If that Vault is lost or new, restore with authorization: whole, which puts the backup’s in its place and keeps the old one',
    cause: why,
  });
}

function refuseReturned({ returned }: AuthorizationReport, { acceptReturned }: AuthorizationRequest): void {
  if (returned === null || returned === acceptReturned || returned === 0) return;
  throw new BackupError(
    'restore-refused',
    `${returned} grants of access that the living Vault does not have would come back`,
    {
      hint: `Some may have been taken away for a reason. To give all of them back, restore with accept-returned: ${returned}`,
    },
  );
}
