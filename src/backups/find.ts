import { BackupError } from '../errors.ts';
import type { CatalogEntry } from './catalog.ts';
import { type BackupId, parseBackupId, timeOf } from './ids.ts';
import type { Manifest, PartName } from './manifest.ts';

/** A backup that is whole, as far as can be told without reading its objects through. */
export interface FoundBackup {
  readonly id: BackupId;
  readonly manifest: Manifest;
  readonly digest: string;
}

/** How far ahead of our clock a backup may be dated: what two machines' clocks may differ by. */
const maxAheadMs = 5 * 60_000;

/**
 * The backup somebody means by `wanted`, which must be whole and have each of `parts` complete: a whole id, or
 * `latest`, the newest regular one that will do and is not dated more than 5 minutes after `now`.
 *
 * Throws `input-invalid` for what is neither, `backup-missing` if there is none, saying what there is, and for an id
 * what is the trouble with that backup if it is not whole.
 */
export function findBackup(
  entries: readonly CatalogEntry[],
  wanted: string,
  parts: readonly PartName[],
  now: Date,
): FoundBackup {
  return wanted === 'latest' ? findLatest(entries, parts, now) : findById(entries, parseBackupId(wanted), parts);
}

function findLatest(entries: readonly CatalogEntry[], parts: readonly PartName[], now: Date): FoundBackup {
  const [latest] = entries
    .map(toFound)
    .filter((found) => found !== undefined)
    .filter(({ id, manifest }) => isCandidate(id, manifest, parts, now))
    .sort((a, b) => (a.id < b.id ? 1 : -1));
  if (latest) return latest;
  throw new BackupError(
    'backup-missing',
    `no whole regular backup with ${listed(parts)} up to now; there are ${summaryOf(entries)}`,
    entries.some((entry) => entry.state === 'unverified')
      ? { hint: 'Give the public key the backups are signed with' }
      : {},
  );
}

/** Whether a backup may be the one that `latest` means, if it is whole. */
export function isCandidate(id: BackupId, manifest: Manifest, parts: readonly PartName[], now: Date): boolean {
  return isDue(id, now) && manifest.reason === 'regular' && lackingIn(manifest, parts).length === 0;
}

/** Whether a backup dated as `id` is can have been begun by `now`, going by any clock that is about right. */
export function isDue(id: BackupId, now: Date): boolean {
  return timeOf(id).getTime() <= now.getTime() + maxAheadMs;
}

function findById(entries: readonly CatalogEntry[], id: BackupId, parts: readonly PartName[]): FoundBackup {
  const entry = entries.find((it) => it.id === id);
  if (entry === undefined) {
    throw new BackupError('backup-missing', `no backup ${id}; there are ${summaryOf(entries)}`);
  }
  const found = toFound(entry);
  if (found === undefined) throw entry.trouble ?? new BackupError('backup-missing', `the backup ${id} is not whole`);
  const lacking = lackingIn(found.manifest, parts);
  if (lacking.length === 0) return found;
  throw new BackupError('backup-missing', `the backup ${id} has no complete ${lacking.join(', ')}`);
}

function toFound({ id, state, manifest, digest }: CatalogEntry): FoundBackup | undefined {
  return state === 'whole' && manifest && digest !== undefined ? { id, manifest, digest } : undefined;
}

function lackingIn(manifest: Manifest, parts: readonly PartName[]): PartName[] {
  const complete = manifest.parts.filter((part) => part.status === 'complete').map((part) => part.name);
  return parts.filter((part) => !complete.includes(part));
}

function listed(parts: readonly PartName[]): string {
  return parts.length === 0 ? 'anything' : `complete ${parts.join(', ')}`;
}

function summaryOf(entries: readonly CatalogEntry[]): string {
  const counts = new Map<string, number>();
  for (const { state } of entries) counts.set(state, (counts.get(state) ?? 0) + 1);
  return counts.size === 0 ? 'none at all' : [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
}
