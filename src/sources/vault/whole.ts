import { BackupError, isBackupError } from '../../errors.ts';
import { CommandError } from '../../remote/remote.ts';
import { readStack, runDocker } from '../../stack/stack.ts';
import type { Staged } from '../source.ts';
import { openVaultApi, type VaultApi } from './api.ts';
import { type Fitted, fitAddresses, fitToSite, hasBounds } from './fit.ts';
import { parseVaultKeys, readSealStatus, unseal } from './keys.ts';
import { readVolumeKeys } from './living.ts';
import { readLogins } from './logins.ts';
import { stageVault, type VaultToStage } from './stage.ts';
import {
  copyBeside,
  isPlaced,
  placeBack,
  placeCopy,
  readKept,
  readVolumeMarkers,
  removeCopy,
  removeKept,
  sweepVolume,
  type WholeSite,
  writeVolumeMarker,
} from './volume.ts';
import type { VolumeMarker } from './volume-marker.ts';
import { waitUntilAnswers } from './wait.ts';

/** Services that keep what they once got from Vault, in the order in which to restart them after it was replaced. */
export const restartAfterWhole = ['query', 'opa', 'opa-runner'] as const;

const startWithinMs = 60_000;

/** A whole Vault out of a backup. */
export interface VaultBackup extends Pick<VaultToStage, 'sizeBytes' | 'open'> {
  /** `keys.txt`, as it is in the backup. */
  readonly keysText: string;
}

export interface WholeRun {
  readonly runId: string;
  /** When it began, ISO 8601; what it keeps carries it. */
  readonly at: string;
  readonly signal: AbortSignal;
}

/**
 * A Vault to take the place of the site's. A swap that was cut off, or that ended with a sealed Vault, counts as not
 * swapped; `rollBack` is right after any failure, and changes nothing where nothing was done.
 */
export interface StagedWhole extends Staged {
  readonly fitted: Fitted;
  /** Files that were left out of the copy: half-written or empty ones. */
  readonly leftOut: number;
  /**
   * Says that the restore stands: what lived is kept, to be put back some day (`stageKeptWhole`). To be called once the
   * site is well; there is no `rollBack` after it.
   */
  keep(): Promise<void>;
}

/**
 * Stages the backup's Vault, makes it fit the running site (`fitToSite`; `living` is what lives, where it can be opened),
 * and puts its files, at rest, beside the living ones in Vault's volume. Nothing that lives is changed.
 */
export async function stageWhole(
  site: WholeSite,
  backup: VaultBackup,
  living: VaultApi | undefined,
  run: WholeRun,
): Promise<StagedWhole> {
  return await stageBeside(site, backup, living, run);
}

/** What an earlier run kept, to be put back in its turn; what lives now is kept instead. */
export async function stageKeptWhole(
  site: WholeSite,
  keptRun: string,
  living: VaultApi | undefined,
  run: WholeRun,
): Promise<StagedWhole> {
  const kept = (await readVolumeMarkers(site)).some((marker) => marker.run === keptRun && marker.role === 'previous');
  if (!kept) {
    throw new BackupError('nothing-to-roll-back', "Vault's volume keeps no previous Vault of that run", {
      hint: 'It was forgotten, or that run restored none; restore an older backup instead',
    });
  }
  const previous = await readKept(site, keptRun).catch((error: unknown) => {
    if (!(error instanceof CommandError)) throw error;
    throw new BackupError('nothing-to-roll-back', 'There was no Vault with keys before that restore', { cause: error });
  });
  return await stageBeside(site, previous, living, { ...run, replaces: keptRun });
}

async function stageBeside(
  site: WholeSite,
  { keysText, sizeBytes, open }: VaultBackup,
  living: VaultApi | undefined,
  { runId, at, signal, replaces }: WholeRun & { readonly replaces?: string },
): Promise<StagedWhole> {
  const { remote, stack, vault } = site;
  const keys = parseVaultKeys(keysText);
  const [logins, was] = await Promise.all([readLogins(remote, stack, { signal }), stateOf(site)]);
  const staging = { host: site.host, project: stack.project, runId, image: vault.image, signal };
  await using staged = await stageVault(remote, { keys, sizeBytes, open }, staging);
  const fitted = await fitToSite(staged.api, logins, living);
  await staged.rest();
  const copied = await copyBeside(site, runId, staged, keysText, signal).catch(async (error: unknown) => {
    await sweepVolume(site).catch(() => {});
    throw error;
  });
  const marker: VolumeMarker = {
    format: 'candig-backup-whole/1',
    run: runId,
    role: 'undo',
    at,
    ...was,
    ...copied,
    ...(replaces === undefined ? {} : { replaces }),
  };
  await writeVolumeMarker(site, marker);
  return {
    fitted,
    leftOut: staged.leftOut,
    check: async () => {
      if ((await findMarker(site, runId))?.files === copied.files) return;
      throw new BackupError('check-failed', 'The copy of Vault beside the living one is gone');
    },
    swap: async (fence) => {
      await fence();
      await goForward(site, marker);
    },
    isSwapped: async () => (await isPlaced(site, runId)) && (await stateOf(site)).wasUnsealed,
    rollBack: async (fence) => {
      await fence();
      await goBack(site, runId);
    },
    keep: async () => await keep(site, runId),
    discard: async () => await discard(site, runId),
  };
}

/** The runs that left something unfinished in Vault's volume, and those that kept what lived before; newest first. */
export async function listWhole(site: Omit<WholeSite, 'host'>): Promise<VolumeMarker[]> {
  return await readVolumeMarkers(site);
}

/**
 * Ends what a dead run left in Vault's volume, from what lies there alone: undone if the restore was not `committed`,
 * else finished and kept. Gives whether there was anything.
 */
export async function recoverWhole(site: WholeSite, run: string, committed: boolean): Promise<boolean> {
  const marker = await findMarker(site, run);
  if (marker !== undefined && committed) {
    if (!(await isPlaced(site, run)) || !(await stateOf(site)).wasUnsealed) await goForward(site, marker);
    await keep(site, run);
  } else if (marker !== undefined) {
    await goBack(site, run);
    await discard(site, run);
  }
  await sweepVolume(site);
  if (committed && marker === undefined && (await findMarker(site, run, 'previous')) === undefined) {
    throw new BackupError(
      'needs-person',
      `The databases of run ${run} changed places, and Vault's volume knows nothing of that run`,
      {
        hint: 'Authorization is not that of the databases: restore both from a backup, or roll back the databases',
      },
    );
  }
  return marker !== undefined;
}

/**
 * Removes copies of dead runs that never took the place of what lives. For whoever holds the host's lock, with nothing
 * staged and nothing unsettled. Gives the runs.
 */
export async function discardStaged(site: WholeSite): Promise<string[]> {
  const left: string[] = [];
  for (const { run, role } of await readVolumeMarkers(site)) {
    if (role !== 'undo' || (await isPlaced(site, run))) continue;
    await discard(site, run);
    left.push(run);
  }
  return left;
}

/** Removes for good what a run kept. What is unfinished stays. */
export async function forgetWhole(site: WholeSite, run: string): Promise<void> {
  if ((await findMarker(site, run, 'previous')) !== undefined) await removeKept(site, run);
}

/**
 * Brings bounds in line with the addresses the containers have now, if there are any: after every start of services that
 * log in. Gives the services whose bounds were others.
 */
export async function refitAddresses(site: WholeSite, root: VaultApi): Promise<readonly string[]> {
  if (!(await hasBounds(root))) return [];
  const stack = await readStack(site.remote, site.stack.project);
  return (await fitAddresses(root, await readLogins(site.remote, stack))).bounds;
}

async function findMarker(
  site: WholeSite,
  run: string,
  role: VolumeMarker['role'] = 'undo',
): Promise<VolumeMarker | undefined> {
  return (await readVolumeMarkers(site)).find((marker) => marker.run === run && marker.role === role);
}

async function goForward(site: WholeSite, { run }: VolumeMarker): Promise<void> {
  await stop(site);
  await placeCopy(site, run);
  await startUnsealed(site);
}

async function goBack(site: WholeSite, run: string): Promise<void> {
  // Kept already, where only the answer to that was lost.
  const marker = (await findMarker(site, run)) ?? (await findMarker(site, run, 'previous'));
  if (marker === undefined) return;
  await stop(site);
  await placeBack(site, run);
  if (!marker.wasRunning) return;
  if (marker.wasUnsealed) await startUnsealed(site);
  else await start(site);
}

async function keep(site: WholeSite, run: string): Promise<void> {
  const marker = await findMarker(site, run);
  if (marker !== undefined) await writeVolumeMarker(site, { ...marker, role: 'previous' });
  const kept = marker ?? (await findMarker(site, run, 'previous'));
  if (kept?.replaces !== undefined) await forgetWhole(site, kept.replaces);
}

async function discard(site: WholeSite, run: string): Promise<void> {
  const marker = await findMarker(site, run);
  if (marker !== undefined) await removeCopy(site, run, marker.madeConfiguration);
}

async function stop({ host, vault }: WholeSite): Promise<void> {
  await runDocker(host, 'Stop Vault', ['stop', '--time=10', vault.id], { timeoutMs: 60_000 });
}

async function start({ host, vault }: WholeSite): Promise<void> {
  await runDocker(host, 'Start Vault', ['start', vault.id], { timeoutMs: 60_000 });
}

/** Starts Vault, unseals it with the keys that lie in its volume, and lets the services log in from where they are. */
async function startUnsealed(site: WholeSite): Promise<void> {
  await start(site);
  await using connection = openVaultApi(site.remote, site.vault.id);
  const [keys] = await Promise.all([
    readVolumeKeys(site.remote, site.vault),
    waitUntilAnswers(connection, startWithinMs),
  ]);
  if (keys === undefined)
    throw new BackupError('vault-keys-wrong', "There are no keys in Vault's volume to unseal it with");
  await unseal(connection, keys);
  await refitAddresses(site, connection.as(keys.rootToken));
}

/** What Vault's container is like, asked of itself. */
async function stateOf({ remote, vault }: WholeSite): Promise<Pick<VolumeMarker, 'wasRunning' | 'wasUnsealed'>> {
  await using connection = openVaultApi(remote, vault.id);
  try {
    return { wasRunning: true, wasUnsealed: !(await readSealStatus(connection)).isSealed };
  } catch (error) {
    if (isBackupError(error, 'service-not-running')) return { wasRunning: false, wasUnsealed: false };
    // It runs and does not answer.
    if (isBackupError(error, 'command-failed') || isBackupError(error, 'vault-unusable')) {
      return { wasRunning: true, wasUnsealed: false };
    }
    throw error;
  }
}
