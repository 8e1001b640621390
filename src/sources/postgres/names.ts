import { BackupError } from '../../errors.ts';
import { tailLength } from '../run-tail.ts';

/** PostgreSQL cuts longer names without a word. */
const maxNameBytes = 63;
const suffixes = { restore: '__restore_', before: '__before_' } as const;
/** The swap itself goes through one of these. */
const systemDatabases: ReadonlySet<string> = new Set(['postgres', 'template0', 'template1']);

/**
 * A database we are willing to handle. Client programs read a database *name* as a connection string
 * (`host=… dbname=…`, `postgresql://…`) and one with a leading dash as an option, so only plain names pass.
 */
export function parseDatabaseName(text: string): string {
  const longest = maxNameBytes - suffixes.restore.length - tailLength;
  if (systemDatabases.has(text)) {
    throw new BackupError('input-invalid', `Database ${text} is PostgreSQL's own`, {
      hint: 'Name databases of the site in the input databases, or none for all of them',
    });
  }
  if (/^[A-Za-z_][A-Za-z0-9_-]*$/.test(text) && text.length <= longest) return text;
  throw new BackupError('input-invalid', `Database name ${JSON.stringify(text.slice(0, 80))} is not allowed`, {
    hint: `Allowed are letters, digits, _ and -, starting with a letter or _, at most ${longest} characters; name the databases you want in the input databases`,
  });
}

/** The name of a staged copy (`restore`) or of what was there before (`before`). Only `[A-Za-z0-9_]` is added: katsu looks for its database by whole words. */
export function copyName(database: string, kind: keyof typeof suffixes, tail: string): string {
  return `${database}${copySuffix(kind, tail)}`;
}

/** What the names of one run's copies end with. */
export function copySuffix(kind: keyof typeof suffixes, tail: string): string {
  return `${suffixes[kind]}${tail}`;
}

/** `name` as an SQL identifier. */
export function identifier(name: string): string {
  return `"${refuseNul(name).replaceAll('"', '""')}"`;
}

/** `text` as an SQL string, whatever standard_conforming_strings says. */
export function literal(text: string): string {
  const quoted = refuseNul(text).replaceAll("'", "''");
  return quoted.includes('\\') ? ` E'${quoted.replaceAll('\\', '\\\\')}'` : `'${quoted}'`;
}

function refuseNul(text: string): string {
  if (text.includes('\0')) throw new BackupError('input-invalid', 'A name for PostgreSQL holds a NUL character');
  return text;
}
