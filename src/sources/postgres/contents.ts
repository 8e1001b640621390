import type { Contents } from './evidence.ts';
import { identifier } from './names.ts';
import { type HashedColumn, hashByColumns, hashByText, probeQuery } from './row-hash.ts';
import type { Session } from './session.ts';
import { readStructure } from './structure.ts';

interface Table {
  readonly schema: string;
  readonly name: string;
  /** In order of their names: after a restore, the columns of an inherited table can stand in another order. */
  readonly columns: readonly HashedColumn[];
}

function digestQuery({ schema, name, columns }: Table): string {
  return `SELECT count(*)::text AS rows, coalesce(sum(${hashByColumns(columns) ?? hashByText(columns)}), 0)::text AS digest
    FROM ONLY ${identifier(schema)}.${identifier(name)} AS x`;
}

async function listTables(session: Session): Promise<Table[]> {
  // A view's rows follow from tables, and a materialised view is filled anew by a restore: neither is content.
  // Of an extension's tables only those it marks as configuration are dumped.
  return await session.query<Table>(
    'List the tables',
    `SELECT n.nspname AS schema, c.relname AS name, coalesce(k.columns, '[]') AS columns
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
      LATERAL (SELECT jsonb_agg(jsonb_build_object('name', a.attname,
            'type', CASE WHEN t.typnamespace = 'pg_catalog'::regnamespace THEN t.typname END) ORDER BY a.attname COLLATE "C") AS columns
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS k
      WHERE c.relkind = 'r' AND c.relpersistence <> 't'
        AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
        AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
      ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`,
  );
}

const pieceBytes = 1_048_576;

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
  const [tables, probes, structure, sequences, largeObjects] = await Promise.all([
    listTables(session),
    session.query<{ probe: string }>('Probe the row hash', probeQuery),
    readStructure(session),
    readSequences(session),
    session.query<{ count: string; digest: string }>(
      'Read the large objects',
      // A piece at a time: one can be larger than what PostgreSQL gives in a value.
      `SELECT count(*) FILTER (WHERE at = 0)::text AS count, coalesce(sum(hashtextextended(
            concat_ws(' ', o.oid, o.size, at, encode(sha256(lo_get(o.oid, at, ${pieceBytes})), 'hex')), 0)::numeric), 0)::text AS digest
        FROM (SELECT oid, lo_lseek64(fd, 0, 2) AS size, lo_close(fd)
            FROM (SELECT oid, lo_open(oid, x'40000'::int) AS fd FROM pg_largeobject_metadata OFFSET 0) AS m OFFSET 0) AS o,
          generate_series(0, greatest(o.size - 1, 0), ${pieceBytes}) AS at`,
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
    tables: tables.map(({ schema, name, columns }, at) => ({
      schema,
      name,
      by: hashByColumns(columns) === undefined ? ('text' as const) : ('columns' as const),
      rows: '0',
      digest: '0',
      ...digests[at],
    })),
    rowHashProbe: probes[0]?.probe ?? '',
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
