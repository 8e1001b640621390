import type { TestStack } from '../__tests__/stack/stack.ts';

/** For every table: its number of rows and a digest of them that their order does not change. */
export type Fingerprint = ReadonlyMap<string, string>;

/** Reads both databases by plain SQL, in another way than the tool does, so that it proves something about the tool. */
export async function fingerprintOf(stack: TestStack): Promise<Fingerprint> {
  const found = new Map<string, string>();
  for (const database of ['clinical', 'genomic']) {
    const tables = (
      await stack.psql(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    )
      .split('\n')
      .filter((line) => line !== '');
    const selects = tables.map(
      (table) =>
        `SELECT '${table}|' || count(*) || ':' || coalesce(md5(string_agg(md5(r::text), '' ORDER BY md5(r::text))), '') FROM public."${table}" r`,
    );
    for (const line of (await stack.psql(database, selects.join(' UNION ALL '))).split('\n')) {
      const [table = '', digest = ''] = line.split('|');
      found.set(`${database}.${table}`, digest);
    }
  }
  return found;
}

/** The tables that are missing, added or other in `after`. */
export function differing(before: Fingerprint, after: Fingerprint): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((table) => before.get(table) !== after.get(table));
}
