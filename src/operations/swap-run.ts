import { BackupError, isBackupError } from '../errors.ts';
import type { CallOptions } from '../remote/remote.ts';
import type { Becoming } from '../sources/postgres/exchange.ts';
import type { Staged } from '../sources/source.ts';
import { isVaultSealed } from '../sources/vault/sealed.ts';
import type { Container } from '../stack/container.ts';
import { clearJournal, type Journal, writeJournal } from '../stack/journal.ts';
import { waitUntilWell } from '../stack/probe.ts';
import { runningOf, startContainers } from '../stack/services.ts';
import { findService, readStack } from '../stack/stack.ts';
import type { Context } from './context.ts';
import type { OutagePlan } from './outage-plan.ts';
import { refitBounds } from './refit.ts';
import { goodbyeMs, type Host, type SiteAccess } from './site-access.ts';

/** How long the services may take until they answer from the data again. */
const wellWithinMs = 60_000;

/** Authorization to be put in place before the databases. */
export interface AuthorizationSwap {
  readonly mode: 'secrets' | 'whole';
  readonly vault: Container;
  readonly staged: Staged;
  /** How many entries going back found changed by others, and left as they are. */
  readonly leftToOthers: () => number;
  /** Asks, once the services run again, whether they can log in; gives those that cannot. */
  readonly unwell: () => Promise<readonly string[]>;
}

export interface SwapRun {
  readonly host: Host;
  readonly access: SiteAccess;
  readonly plan: OutagePlan;
  readonly runId: string;
  readonly operation: string;
  readonly authorization: AuthorizationSwap | undefined;
  /** Their renaming is the point of no return for a run that dies; without them it is the keeping of authorization. */
  readonly databases: (Staged & { readonly becomes: readonly Becoming[] }) | undefined;
}

/** Throws if Vault's container was replaced since authorization was staged for it. */
export function requireSameVault({ stack }: SiteAccess, authorization: AuthorizationSwap | undefined): void {
  if (authorization === undefined || findService(stack, 'vault')?.id === authorization.vault.id) return;
  throw new BackupError('service-replaced', `${authorization.vault.name} was replaced by another container meanwhile`, {
    hint: 'Nothing that lives was changed: run again once the stack is not being rebuilt',
  });
}

/** The site's Vault, if it runs unsealed: so it is to be again, should Docker itself take it down meanwhile. */
export async function unsealedVault(
  { host, access }: Pick<SwapRun, 'host' | 'access'>,
  signal: AbortSignal,
): Promise<Container | undefined> {
  const vault = findService(access.stack, 'vault');
  if (vault?.state !== 'running') return undefined;
  return (await isVaultSealed(host.remote, vault, { signal })) === false ? vault : undefined;
}

/**
 * Says on the host that copies are about to be made beside what lives: should this run die, the guard there removes the
 * containers it made, and starts what ran should Docker itself die. For `clearJournal`, or `swapIn`.
 */
export async function announceStaging(
  host: Host,
  access: SiteAccess,
  run: Pick<Journal, 'run' | 'operation'>,
): Promise<void> {
  const { signal } = access;
  const vault = await unsealedVault({ host, access }, signal);
  const journal = { ...run, running: runningOf(access.stack), services: [], databases: [], vault };
  await writeJournal(access.fenced, host.project, journal, { signal });
}

/** Takes back `announceStaging`. A host that cannot be asked any more does that itself. */
export async function endStaging({ project }: Host, access: SiteAccess, { signal }: Context): Promise<void> {
  const options = signal.aborted ? { timeoutMs: goodbyeMs } : {};
  await clearJournal(access.fenced, project, options).catch((error: unknown) => {
    if (!isBackupError(error)) throw error;
  });
}

/** What the host is to know of this run before it changes anything. */
export function journalOf(
  { access, plan, runId, operation, authorization, databases }: SwapRun,
  unsealed: Container | undefined,
): Journal {
  return {
    run: runId,
    operation,
    running: runningOf(access.stack),
    services: authorization?.mode === 'whole' ? [authorization.vault, ...plan.stop] : plan.stop,
    postgres: { id: access.database.id, user: access.postgres.server.user },
    databases: plan.databases,
    redis: findService(access.stack, 'redis')?.id,
    vault: authorization?.vault ?? unsealed,
    becomes: databases?.becomes,
    authorization: authorization?.mode,
  };
}

export interface StartedAgain {
  /** What starting alone took. */
  readonly startMs: number;
  /** Services that gave data and do not any more. */
  readonly unwell: readonly string[];
}

/** Starts the containers, lets them log in from where they are now, and waits until each of `expected` gives data again. */
export async function startAgain(
  { host, access, plan, authorization }: SwapRun,
  ids: readonly string[],
  expected: readonly string[],
  context: Context,
  options: CallOptions = {},
): Promise<StartedAgain> {
  const { remote, project } = host;
  const fromMs = performance.now();
  await startContainers(access.fenced, ids, options);
  const startMs = performance.now() - fromMs;
  const why = authorization?.mode === 'whole' ? 'replaced' : 'started';
  await refitBounds(host, access, access.stack, plan.stop, why, context);
  const readAgain = async () => await readStack(remote, project, options);
  return { startMs, unwell: await waitUntilWell(remote, readAgain, access.database, expected, wellWithinMs, options) };
}
