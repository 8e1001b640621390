import { isDeepStrictEqual } from 'node:util';
import type { Contents, Properties } from './evidence.ts';
import { identifier } from './names.ts';

/**
 * In which ways `copy` is not what the evidence says was dumped; empty if it is the same. Each entry names an object,
 * never a value. Sequences must lie in the range seen around the dump.
 */
export function differencesOf(evidence: Contents, copy: Contents): string[] {
  return [...structureDifferences(evidence.structure, copy.structure), ...dataDifferences(evidence, copy)];
}

/** Objects that are missing, added or changed in `other`, by name. */
export function structureDifferences(
  wanted: Readonly<Record<string, string>>,
  other: Readonly<Record<string, string>>,
): string[] {
  const missing = Object.keys(wanted).filter((name) => !Object.hasOwn(other, name));
  const added = Object.keys(other).filter((name) => !Object.hasOwn(wanted, name));
  const changed = Object.keys(wanted).filter((name) => Object.hasOwn(other, name) && wanted[name] !== other[name]);
  return [
    ...missing.map((name) => `${name} is missing`),
    ...added.map((name) => `${name} is not in the backup`),
    ...changed.map((name) => `${name} is different`),
  ];
}

function dataDifferences(evidence: Contents, copy: Contents): string[] {
  const found: string[] = [];
  if (evidence.rowHashProbe !== copy.rowHashProbe && evidence.tables.some(({ by }) => by === 'columns')) {
    return ['this PostgreSQL hashes values in another way, so the contents cannot be compared'];
  }
  const tables = new Map(copy.tables.map((table) => [key(table), table]));
  for (const wanted of evidence.tables) {
    const table = tables.get(key(wanted));
    if (table === undefined) found.push(`table ${key(wanted)} is missing`);
    else if (table.rows !== wanted.rows) found.push(`table ${key(wanted)} has another number of rows`);
    else if (table.by !== wanted.by || table.digest !== wanted.digest)
      found.push(`table ${key(wanted)} has other contents`);
  }
  if (copy.tables.length !== evidence.tables.length) found.push('the number of tables is another');
  const sequences = new Map(copy.sequences.map((sequence) => [key(sequence), sequence]));
  for (const wanted of evidence.sequences) {
    const sequence = sequences.get(key(wanted));
    if (sequence === undefined) found.push(`sequence ${key(wanted)} is missing`);
    else if (BigInt(sequence.low) < BigInt(wanted.low) || BigInt(sequence.high) > BigInt(wanted.high)) {
      found.push(`sequence ${key(wanted)} stands at another value`);
    }
  }
  const { count, digest } = evidence.largeObjects;
  if (copy.largeObjects.count !== count) found.push('the number of large objects is another');
  else if (copy.largeObjects.digest !== digest) found.push('the large objects have other contents');
  return found;
}

/** As PostgreSQL writes it: two names with a dot in them must not read like two others. */
function key({ schema, name }: { readonly schema: string; readonly name: string }): string {
  const quoted = (part: string) => (/^[a-z_][a-z0-9_]*$/.test(part) ? part : identifier(part));
  return `${quoted(schema)}.${quoted(name)}`;
}

/** Which database properties of a staged copy are not as the backup had them. */
export function propertyDifferences(wanted: Properties, copy: Properties): string[] {
  const plain = ['owner', 'encoding', 'collate', 'ctype', 'localeProvider', 'locale', 'connectionLimit'] as const;
  const found: string[] = plain.filter((name) => wanted[name] !== copy[name]);
  // A null ACL and the default spelled out mean the same.
  if (wanted.acl !== null && !isDeepStrictEqual(wanted.acl, copy.acl)) found.push('acl');
  if (!isDeepStrictEqual(wanted.settings, copy.settings)) found.push('settings');
  return found.map((name) => `the database's ${name} is another`);
}
