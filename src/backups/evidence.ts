import { z } from 'zod';
import { BackupError } from '../errors.ts';
import type { BackupRef } from './layout.ts';
import { partNames } from './manifest.ts';

/** The object that holds the evidence, sealed. */
export const evidenceName = 'evidence.json.age';

/** The most plain bytes an evidence may have: room for some hundred thousand tables. */
export const maxEvidenceBytes = 256 * 1024 * 1024;

const schema = z.object({
  format: z.literal('candig-backup-evidence/1'),
  site: z.string(),
  id: z.string(),
  /** What each source says was in its dumps, an entry a dump; read by the source that wrote it. */
  parts: z.partialRecord(z.enum(partNames), z.array(z.unknown())),
});

/** The sealed record of what was in a backup. It names tables and counts rows, so it is never kept in the clear. */
export type Evidence = z.infer<typeof schema>;

export function encodeEvidence({ site, id }: BackupRef, parts: Evidence['parts']): Uint8Array {
  return Buffer.from(`${JSON.stringify({ format: 'candig-backup-evidence/1', site, id, parts })}\n`);
}

/** Throws `manifest-invalid` if `bytes` are no evidence we know, or that of another site or backup. */
export function decodeEvidence(bytes: Uint8Array, expected: BackupRef): Evidence {
  let evidence: Evidence;
  try {
    evidence = schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    // Without the cause: a parser's message can quote what it read.
    throw new BackupError('manifest-invalid', `The evidence of ${expected.id} cannot be read`);
  }
  if (evidence.site === expected.site && evidence.id === expected.id) return evidence;
  throw new BackupError('manifest-invalid', `The evidence of ${expected.id} belongs to another site or backup`);
}
