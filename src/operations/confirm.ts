import type { Site } from '../backups/site.ts';
import { BackupError } from '../errors.ts';

/** Throws unless `confirm` is the site's name: acting on the wrong site is the mistake this is for. */
export function requireConfirmed(site: Site, confirm: string): void {
  if (confirm === site) return;
  throw new BackupError('input-invalid', `Input confirm is not the name of the site, ${site}`, {
    hint: `To go on, give confirm the value ${site}; nothing was changed`,
  });
}
