import { BackupError } from '../errors.ts';
import { shown } from '../shown.ts';

declare const known: unique symbol;

/** The name of a backup: `20261122T031500Z-4f9a2c81d0`. As text, a later one sorts after an earlier one. */
export type BackupId = string & { readonly [known]: 'BackupId' };

/** How many random bytes an id ends with: enough that two runs in one second never meet. */
export const idTailBytes = 5;

/** The id of a backup begun at `now`, to the second, told apart by the first `idTailBytes` bytes of `random`. */
export function newBackupId(now: Date, random: Uint8Array): BackupId {
  if (random.length < idTailBytes)
    throw new RangeError(`an id needs ${idTailBytes} random bytes, not ${random.length}`);
  const second = now
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(/[-:]/g, '');
  return parseBackupId(`${second}-${Buffer.from(random.subarray(0, idTailBytes)).toString('hex')}`);
}

/** `text` as an id. Throws `input-invalid` for anything else: part of an id, an unknown date, other characters. */
export function parseBackupId(text: string): BackupId {
  if (isBackupId(text)) return text;
  throw new BackupError('input-invalid', `not a backup id: ${shown(text)}`, {
    hint: 'Give a whole id, such as 20261122T031500Z-4f9a2c81d0; the beginning of one is not enough',
  });
}

/** Whether `text` is an id. */
export function isBackupId(text: string): text is BackupId {
  return /^\d{8}T\d{6}Z-[0-9a-f]{10}$/.test(text) && isTime(text);
}

/** When the backup was begun, to the second. */
export function timeOf(id: BackupId): Date {
  return new Date(isoOf(id));
}

function isoOf(id: string): string {
  return id.slice(0, 16).replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6.000Z');
}

/** Days and hours that do not exist, such as 30 February, come out differently or not at all. */
function isTime(id: string): boolean {
  const time = new Date(isoOf(id));
  return !Number.isNaN(time.getTime()) && time.toISOString() === isoOf(id);
}
