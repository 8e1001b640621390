import { BackupError } from '../errors.ts';
import { shown } from '../shown.ts';

/**
 * Whether `name` may be one part of a store path: made of `[A-Za-z0-9._-]`, not starting with a dot or dash, so that
 * it is never a folder above, a hidden file, an option of some command, or spelt in two ways.
 */
export function isName(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name);
}

/** The names a store path is made of, at least one. Throws `input-invalid` for anything that is not such a path. */
export function parsePath(path: string): [string, ...string[]] {
  const [first = '', ...rest] = path.split('/');
  if (![first, ...rest].every(isName)) {
    throw new BackupError('input-invalid', `not a path in a store: ${shown(path)}`, {
      hint: 'A path is names joined by /, each made of letters, digits, dot, dash and underscore, and not starting with a dot or dash',
    });
  }
  return [first, ...rest];
}
