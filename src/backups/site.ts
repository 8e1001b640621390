import { BackupError } from '../errors.ts';
import { shown } from '../shown.ts';

declare const known: unique symbol;

/** The name a site's backups lie under: up to 64 of `[A-Za-z0-9._-]`, starting with a letter or digit. */
export type Site = string & { readonly [known]: 'Site' };

/** Whether `text` can name a site. */
export function isSite(text: string): text is Site {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text);
}

/** `text` as a site's name; `input-invalid` if it cannot be one. */
export function parseSite(text: string): Site {
  if (isSite(text)) return text;
  throw new BackupError('input-invalid', `not a name of a site: ${shown(text)}`, {
    hint: 'Use up to 64 letters, digits, dots, dashes and underscores, starting with a letter or digit',
  });
}
