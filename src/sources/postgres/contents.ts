import type { Contents } from './evidence.ts';
import { identifier } from './names.ts';
import type { Session } from './session.ts';
import { readStructure } from './structure.ts';

interface Table {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
}

/**
 * Columns are put in order of their names: after a restore, the columns of an inherited table can stand in another
 * order. `record_out` and not a cast to text: a database can define such a cast, and we would run it.
 */
function digestQuery(table: Table): string {
  const columns = table.columns.map((column) => `x.${identifier(column)}`).join(', ');
  return `SELECT count(*)::text AS rows,
      coalesce(sum(hashtextextended(textin(record_out(ROW(${columns}))) COLLATE "C", 0)::numeric), 0)::text AS digest
    FROM ONLY ${identifier(table.schema)}.${identifier(table.name)} AS x`;
}

async function listTables(session: Session): Promise<Table[]> {
  // A view's rows follow from tables, and a materialised view is filled anew by a restore: neither is content.
  // Of an extension's tables only those it marks as configuration are dumped.
  return await session.query<Table>(
    'List the tables',
    `SELECT n.nspname AS schema, c.relname AS name,
        (SELECT coalesce(jsonb_agg(a.attname ORDER BY a.attname COLLATE "C"), '[]') FROM pg_attribute a
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'r' AND c.relpersistence <> 't'
        AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
        AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
      ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`,
  );
}

export interface SequenceValue {
  readonly schema: string;
  readonly name: string;
  readonly value: string;
}

/** The value each sequence stands at. Not bound to any snapshot. */
export async function readSequences(session: Session): Promise<SequenceValue[]> {
  const sequences = await session.query<{ schema: string; name: string }>(
    'List the sequences',
    `SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'S' AND c.relpersistence <> 't'
        AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
      ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`,
  );
  // `is_called` is folded in: 1-and-not-called comes before 1-and-called.
  const values = await inBatches(sequences, async (batch) => {
    const selects = batch.map(
      ({ schema, name }, at) =>
        `(SELECT ${at} AS at, (last_value::numeric * 2 + is_called::int)::text AS value FROM ${identifier(schema)}.${identifier(name)})`,
    );
    return await session.query<{ at: number; value: string }>(
      'Read the sequences',
      `SELECT value FROM (${selects.join(' UNION ALL ')}) AS s ORDER BY at`,
    );
  });
  return sequences.map(({ schema, name }, at) => ({ schema, name, value: values[at]?.value ?? '0' }));
}

/** Everything in the session's database, as of its snapshot (sequences as of now). Reads every row. */
export async function readContents(session: Session): Promise<Contents> {
  const [tables, structure, sequences, largeObjects] = await Promise.all([
    listTables(session),
    readStructure(session),
    readSequences(session),
    session.query<{ count: string; digest: string }>(
      'Read the large objects',
      `SELECT count(*)::text AS count,
          coalesce(sum(hashtextextended(m.oid::text || encode(sha256(lo_get(m.oid)), 'hex'), 0)::numeric), 0)::text AS digest
        FROM pg_largeobject_metadata m`,
    ),
  ]);
  const digests = await inBatches(tables, async (batch) => {
    const selects = batch.map((table, at) => `(SELECT ${at} AS at, d.* FROM (${digestQuery(table)}) AS d)`);
    return await session.query<{ rows: string; digest: string }>(
      'Read the tables',
      `SELECT rows, digest FROM (${selects.join(' UNION ALL ')}) AS t ORDER BY at`,
    );
  });
  return {
    tables: tables.map(({ schema, name }, at) => ({ schema, name, rows: '0', digest: '0', ...digests[at] })),
    sequences: sequences.map(({ schema, name, value }) => ({ schema, name, low: value, high: value })),
    largeObjects: largeObjects[0] ?? { count: '0', digest: '0' },
    structure,
  };
}

/** One answer an item, in order; asked for in batches, since a statement a table would cost a plan and a round trip each. */
async function inBatches<Item, Answer>(
  items: readonly Item[],
  ask: (batch: readonly Item[]) => Promise<Answer[]>,
): Promise<Answer[]> {
  const size = 100;
  const batches = Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    items.slice(at * size, (at + 1) * size),
  );
  return (await Promise.all(batches.map(ask))).flat();
}
