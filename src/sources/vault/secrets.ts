import { BackupError } from '../../errors.ts';
import type { Staged } from '../source.ts';
import type { VaultApi } from './api.ts';
import { type Comparison, compareAuthorization, isSameEntry } from './compare.ts';
import { type Entries, type Entry, readEntries, readEntry, removeEntry, writeEntry } from './entries.ts';
import type { LivingVault } from './living.ts';
import {
  type Change,
  listUndo,
  readChanges,
  readMarker,
  removeUndo,
  type UndoMarker,
  writeMarker,
  writeUndo,
} from './undo.ts';

/** The run that puts authorization back. */
export interface SecretsRun {
  readonly runId: string;
  /** When it began, ISO 8601; what it keeps carries it. */
  readonly at: string;
  /** Ends the swap, and never what undoes it. */
  readonly signal?: AbortSignal;
}

/**
 * Authorization to be written into the living Vault, and what would change. Its `swap` may be called again, also by
 * another process, and goes on where the first one stopped. A swap that was cut off counts as not swapped; `rollBack`
 * is right after any failure, and changes nothing where nothing was done.
 */
export interface StagedSecrets extends Staged {
  readonly comparison: Comparison;
  /**
   * Says that the restore stands: what lived is kept, to be put back some day (`stageKeptSecrets`). To be called once
   * the site is well; there is no `rollBack` after it.
   */
  keep(): Promise<void>;
  /** How many entries `rollBack` found changed by others since, and left as they are. */
  leftToOthers(): number;
}

/** What was put back. */
export interface Undone {
  /** Entries that are again as they were. */
  readonly entries: number;
  /** Entries that are neither as they were nor as we wanted them: somebody wrote them since, and they were left. */
  readonly left: number;
}

/** What is needed of the site's Vault; both with the rights of its root token. */
type Living = Pick<LivingVault, 'root' | 'openWay'>;

/** Compares `wanted` with what lives, to have the difference written. */
export async function stageSecrets(living: Living, wanted: Entries, run: SecretsRun): Promise<StagedSecrets> {
  const lives = await readEntries(living.root, [...wanted.keys()]);
  return secretsOf(living, wanted, lives, run);
}

/** What an earlier run kept, to be put back in its turn; what lives now is kept instead. */
export async function stageKeptSecrets(living: Living, keptRun: string, run: SecretsRun): Promise<StagedSecrets> {
  const marker = await readMarker(living.root, keptRun);
  if (marker?.role !== 'previous') {
    throw new BackupError('nothing-to-roll-back', 'Vault keeps no authorization from before that restore', {
      hint: 'It was forgotten, or that run restored none; restore an older backup instead',
    });
  }
  const changes = await readChanges(living.root, marker);
  const paths = changes.map(({ path }) => path);
  const now = await Promise.all(
    paths.map(async (path): Promise<[string, Entry | undefined]> => [path, await readEntry(living.root, path)]),
  );
  const only = (entries: readonly [string, Entry | undefined][]): Entries =>
    new Map([['kept', new Map(entries.flatMap(([path, entry]) => (entry === undefined ? [] : [[path, entry]])))]]);
  const wanted = only(changes.map(({ path, previous }) => [path, previous]));
  return secretsOf(living, wanted, only(now), { ...run, replaces: keptRun });
}

function secretsOf(
  living: Living,
  wanted: Entries,
  lives: Entries,
  { runId: run, at, signal, replaces }: SecretsRun & { readonly replaces?: string },
): StagedSecrets {
  const comparison = compareAuthorization(wanted, lives);
  let left = 0;
  return {
    comparison,
    leftToOthers: () => left,
    check: async () => {
      // Hours may have gone by since: what was not there to be compared would not be what was backed up.
      const now = await readEntries(living.root, [...wanted.keys()]);
      if (replaces === undefined && compareAuthorization(lives, now).differences.length > 0) {
        throw new BackupError('restore-refused', 'Authorization in Vault has changed since it was compared', {
          hint: 'Nothing was changed: look at it with plan, then restore again',
        });
      }
      const isEmpty = (entries: Entries) => [...entries.values()].every(({ size }) => size === 0);
      if (replaces !== undefined || !isEmpty(wanted) || isEmpty(lives)) return;
      throw new BackupError(
        'check-failed',
        'The backup holds no authorization at all: everybody would lose their access',
      );
    },
    swap: async (fence) => {
      await using api = await living.openWay(run, signal);
      await fence();
      let marker = await readMarker(api, run);
      if (marker === undefined) {
        await writeUndo(api, { run, at, ...(replaces === undefined ? {} : { replaces }) }, comparison.differences);
        marker = await readMarker(api, run);
      }
      if (marker === undefined) throw new BackupError('swap-failed', 'What is kept in Vault for undoing is gone again');
      const changes = await readChanges(api, marker);
      if ((await applyChanges(api, changes)) && (await areApplied(api, changes))) return;
      left = (await undo(api, run)).left;
      throw new BackupError(
        'swap-failed',
        'Another writer changed authorization in Vault meanwhile; what we wrote was undone',
        {
          hint: 'Stop whatever writes there, name it in the input services, then restore again',
        },
      );
    },
    isSwapped: async () => {
      const marker = await readMarker(living.root, run);
      return marker !== undefined && (await areApplied(living.root, await readChanges(living.root, marker)));
    },
    rollBack: async (fence) => {
      await using api = await living.openWay(run);
      await fence();
      left = (await undo(api, run)).left;
    },
    keep: async () => await keep(living.root, run),
    discard: async () => {
      // What is being undone, or kept, is not ours to drop.
      const isBegun = (await listUndo(living.root)).some((store) => store.run === run && store.marker === undefined);
      if (isBegun) await removeUndo(living.root, run);
    },
  };
}

/**
 * Ends what a dead run left in the living Vault, from what it kept there alone: undone if the restore was not
 * `committed`, else kept. Gives what was undone. Nothing there is no error where nothing was committed.
 */
export async function recoverSecrets(api: VaultApi, run: string, committed: boolean): Promise<Undone> {
  if (committed) {
    if ((await readMarker(api, run)) === undefined) throw gone(run);
    await keep(api, run);
  } else if ((await listUnfinished(api)).includes(run)) return await undo(api, run);
  return { entries: 0, left: 0 };
}

/** The runs that left something unfinished in this Vault. */
export async function listUnfinished(api: VaultApi): Promise<string[]> {
  return (await listUndo(api)).flatMap(({ run, marker }) => (marker?.role === 'previous' ? [] : [run]));
}

/** What earlier runs kept, newest first. */
export async function listKept(api: VaultApi): Promise<UndoMarker[]> {
  return (await listUndo(api)).flatMap(({ marker }) => (marker?.role === 'previous' ? [marker] : []));
}

/** Removes for good what a run kept. What is unfinished stays. */
export async function forgetKept(api: VaultApi, run: string): Promise<void> {
  if ((await readMarker(api, run))?.role === 'previous') await removeUndo(api, run);
}

function gone(run: string): BackupError {
  return new BackupError(
    'needs-person',
    `The databases of run ${run} changed places, and Vault knows nothing of that run`,
    {
      hint: 'Authorization is not that of the databases: restore both from a backup, or roll back the databases',
    },
  );
}

async function keep(api: VaultApi, run: string): Promise<void> {
  const marker = await readMarker(api, run);
  if (marker === undefined) return;
  if (marker.role === 'undo') await writeMarker(api, { ...marker, role: 'previous' });
  // One that stays is one more to forget some day, and no reason to call this undone.
  if (marker.replaces !== undefined) await forgetKept(api, marker.replaces).catch(() => {});
}

async function undo(api: VaultApi, run: string): Promise<Undone> {
  const marker = await readMarker(api, run);
  let entries = 0;
  let left = 0;
  if (marker !== undefined) {
    const back = (await readChanges(api, marker)).reverse();
    await Promise.all(
      back.map(async ({ path, previous, next }) => {
        const lives = await readEntry(api, path);
        if (isSameEntry(lives, previous)) return;
        if (!isSameEntry(lives, next)) {
          left += 1;
          return;
        }
        await put(api, path, previous);
        entries += 1;
      }),
    );
  }
  await removeUndo(api, run);
  return { entries, left };
}

/** Writes the changes that are not there yet. False as soon as an entry is neither as it was nor as it should be. */
async function applyChanges(api: VaultApi, changes: readonly Change[]): Promise<boolean> {
  let isSurprised = false;
  const apply = async ({ path, previous, next }: Change): Promise<void> => {
    if (isSurprised) return;
    // At the last moment: Vault has no way to write only over what one has read.
    const lives = await readEntry(api, path);
    if (isSameEntry(lives, next)) return;
    if (!isSameEntry(lives, previous)) isSurprised = true;
    if (!isSurprised) await put(api, path, next);
  };
  for (const group of inGroups(changes)) {
    // All have ended before anything else is done.
    const done = await Promise.allSettled(group.map(apply));
    for (const result of done) if (result.status === 'rejected') throw result.reason;
    if (isSurprised) return false;
  }
  return true;
}

async function areApplied(api: VaultApi, changes: readonly Change[]): Promise<boolean> {
  const same = await Promise.all(changes.map(async ({ path, next }) => isSameEntry(await readEntry(api, path), next)));
  return same.every((isSame) => isSame);
}

/** Entries that go first, then the others: whenever it is cut off, nobody has more than before or after. */
function inGroups(changes: readonly Change[]): Change[][] {
  const goes = ({ next }: Change): boolean => next === undefined;
  return [changes.filter(goes), changes.filter((change) => !goes(change))];
}

async function put(api: VaultApi, path: string, entry: Entry | undefined): Promise<void> {
  if (entry === undefined) await removeEntry(api, path);
  else await writeEntry(api, path, entry);
}
