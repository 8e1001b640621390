import { BackupError } from '../../errors.ts';

/** An archive's table of contents, sorted into what is loaded and what is dealt with otherwise. */
export interface ArchivePlan {
  /** For `pg_restore --use-list`. */
  readonly list: string;
  /** What a role without superuser rights cannot create and we do not create for it: `EVENT TRIGGER audit`. */
  readonly refused: readonly string[];
}

/** Made beforehand from the allow-list, or put right afterwards from the evidence. */
const handledByUs = [/^EXTENSION /, /^COMMENT - EXTENSION /, /^ACL /, /^DEFAULT ACL /];
const needsSuperuser = [
  /^EVENT TRIGGER /,
  /^SUBSCRIPTION /,
  /^FOREIGN DATA WRAPPER /,
  /^PROCEDURAL LANGUAGE /,
  /^ACCESS METHOD /,
];

/**
 * Reads what `pg_restore --list` printed. `schemasMade` are schemas that were made beforehand for extensions.
 * Throws `stage-failed` if it is no table of contents.
 */
export function planArchive(tableOfContents: string, schemasMade: readonly string[] = []): ArchivePlan {
  const kept: string[] = [];
  const refused: string[] = [];
  for (const line of tableOfContents.split('\n')) {
    // `3412; 1259 16385 TABLE public donor admin`
    const entry = /^\d+; \d+ \d+ (.+)$/.exec(line)?.[1];
    if (entry === undefined) continue;
    if (needsSuperuser.some((kind) => kind.test(entry))) refused.push(entry.replace(/ \S+$/, ''));
    else if (handledByUs.some((kind) => kind.test(entry))) continue;
    else if (schemasMade.some((schema) => entry.startsWith(`SCHEMA - ${schema} `))) continue;
    else kept.push(line);
  }
  if (!/^;\s+TOC Entries: \d+/m.test(tableOfContents)) {
    throw new BackupError('stage-failed', 'The dump has no table of contents');
  }
  return { list: `${kept.join('\n')}\n`, refused };
}

/**
 * Extensions that are made, as superuser, in a staged database before the dump is loaded: PostgreSQL's own contrib
 * modules that run nothing outside the database and reach no file and no network.
 */
export const trustedExtensions: ReadonlySet<string> = new Set([
  'btree_gin',
  'btree_gist',
  'citext',
  'cube',
  'dict_int',
  'fuzzystrmatch',
  'hstore',
  'intarray',
  'isn',
  'lo',
  'ltree',
  'pg_stat_statements',
  'pg_trgm',
  'pgcrypto',
  'plpgsql',
  'seg',
  'tablefunc',
  'tcn',
  'tsm_system_rows',
  'tsm_system_time',
  'unaccent',
  'uuid-ossp',
]);
