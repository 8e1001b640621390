import type { ManifestObject } from '../backups/manifest.ts';
import { BackupError } from '../errors.ts';
import type { Identity } from '../seal/identities.ts';
import { type LogsEvidence, logPartName, logsEvidenceSchema } from '../sources/logs/evidence.ts';
import { readEvidence, type SealedBackup } from './sealed-backup.ts';

/** One object of logs in a backup, with what the evidence says of it. */
export interface KeptLog {
  readonly object: ManifestObject;
  readonly evidence: LogsEvidence;
}

/** The logs in a backup, none if it has none. `manifest-invalid` if the manifest and the evidence disagree. */
export async function chooseLogs(
  backup: SealedBackup,
  identities: readonly Identity[],
  signal: AbortSignal,
): Promise<KeptLog[]> {
  const objects = backup.manifest.objects.filter(({ part }) => part === 'logs');
  if (objects.length === 0) return [];
  const { parts } = await readEvidence(backup, identities, signal);
  const read = logsEvidenceSchema.array().safeParse(parts.logs);
  if (!read.success) throw new BackupError('manifest-invalid', `The evidence of ${backup.ref.id} cannot be read`);
  const named = new Map(read.data.map((it) => [`${logPartName(it, it.compression)}.age`, it]));
  const logs = objects.flatMap((object): KeptLog[] => {
    const evidence = named.get(object.name);
    return evidence === undefined ? [] : [{ object, evidence }];
  });
  if (logs.length === objects.length && logs.length === read.data.length) return logs;
  throw new BackupError('manifest-invalid', `The manifest and the evidence of ${backup.ref.id} name other logs`);
}
