import { shown } from '../shown.ts';
import type { Given } from './inputs.ts';
import { refuse } from './refuse.ts';
import { linesOf } from './values.ts';

/** Where backups are kept: the absolute path of a folder of this machine. */
export interface StoreSettings {
  readonly kind: 'directory';
  readonly path: string;
}

export function parseStore(given: Given): StoreSettings | undefined {
  const [line, ...more] = linesOf(given.stores ?? '');
  if (line === undefined) return undefined;
  if (more.length > 0) throw refuse('stores', `has ${more.length + 1} lines; this version keeps backups in one store`);
  const [, kind = line, path = ''] = /^([a-z0-9]+):(.*)$/s.exec(line) ?? [];
  if (kind === 'directory') {
    if (path.startsWith('/')) return { kind, path };
    throw refuse(
      'stores',
      'has a folder that is not an absolute path',
      'Write directory: and the whole path, such as directory:/srv/backups',
    );
  }
  const isPlanned = ['sftp', 's3', 'artifact'].includes(kind);
  // A store may be written with a password in it, so what is not understood is shown no further than its kind.
  const what = isPlanned
    ? `names a store of kind ${kind}, which`
    : `names a store of kind ${shown(kind.slice(0, 12))}, which`;
  throw refuse('stores', `${what} is not offered in this version`, 'Use directory:/path');
}
