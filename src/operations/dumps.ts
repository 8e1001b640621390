import type { Readable } from 'node:stream';
import type { ManifestObject } from '../backups/manifest.ts';
import { BackupError } from '../errors.ts';
import type { Identity } from '../seal/identities.ts';
import { type DatabaseEvidence, databaseEvidenceSchema } from '../sources/postgres/evidence.ts';
import { parseDatabaseName } from '../sources/postgres/names.ts';
import { readEvidence, type SealedBackup } from './sealed-backup.ts';

/** The dump of one database in a backup, with what the evidence says of it. */
export interface KeptDump {
  readonly object: ManifestObject;
  readonly evidence: DatabaseEvidence;
  /** The plain dump, from the start. */
  open(): Promise<Readable>;
}

/** The dumps of `wanted` (none: all) in a backup. Throws if one is not in it, or the manifest and the evidence disagree. */
export async function chooseDumps(
  backup: SealedBackup,
  identities: readonly Identity[],
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<KeptDump[]> {
  const evidence = await readEvidence(backup, identities, signal);
  const read = databaseEvidenceSchema.array().safeParse(evidence.parts.databases ?? []);
  if (!read.success) throw new BackupError('manifest-invalid', `The evidence of ${backup.ref.id} cannot be read`);
  const dumps = read.data.map((database): KeptDump => {
    const name = `${parseDatabaseName(database.name)}.dump.age`;
    const object = backup.manifest.objects.find((each) => each.name === name && each.part === 'databases');
    if (object === undefined)
      throw new BackupError('manifest-invalid', `The manifest of ${backup.ref.id} does not name ${name}`);
    return { object, evidence: database, open: async () => await backup.readPlain(object, identities, signal) };
  });
  const missing = wanted.filter((name) => !dumps.some((dump) => dump.evidence.name === name));
  if (missing.length > 0 || dumps.length === 0) {
    throw new BackupError(
      'database-missing',
      `Backup ${backup.ref.id} does not hold ${missing.join(', ') || 'any database'}`,
      {
        hint: `It holds: ${dumps.map((dump) => dump.evidence.name).join(', ')}`,
      },
    );
  }
  return wanted.length === 0 ? dumps : dumps.filter((dump) => wanted.includes(dump.evidence.name));
}
