import * as z from 'zod';
import { BackupError } from '../../errors.ts';

const schema = z.object({
  format: z.literal('candig-backup-whole/1'),
  run: z.string(),
  /** `undo`: the run is not done yet; `previous`: what lived is kept, to be put back some day. */
  role: z.enum(['undo', 'previous']),
  /** When it was made (ISO 8601). */
  at: z.string(),
  /** What Vault was before: only what ran is started again, and only what was unsealed is unsealed. */
  wasRunning: z.boolean(),
  wasUnsealed: z.boolean(),
  /** A configuration that was missing and that we wrote; null where there was one. */
  madeConfiguration: z.string().nullable(),
  /** How many files the copy has. */
  files: z.number().int().positive(),
  /** The run whose kept folder this one replaces, once it is done. */
  replaces: z.string().optional(),
});

/**
 * What a run that swaps Vault's folder left word of, in Vault's own volume: `/vault/candig-backup-<tail>.json`. It stands there only while the copy, or what
 * took its place, is whole. Holds no secret.
 */
export type VolumeMarker = z.infer<typeof schema>;

/** Reads markers that were printed one a line. */
export function parseMarkers(text: string): VolumeMarker[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      try {
        return schema.parse(JSON.parse(line));
      } catch (error) {
        throw new BackupError('needs-person', "What an earlier run left in Vault's volume cannot be read", {
          hint: 'Look at candig-backup-*.json, data.before-* and data.candig-backup-restore-* in /vault; nothing was changed just now',
          cause: error,
        });
      }
    });
}
