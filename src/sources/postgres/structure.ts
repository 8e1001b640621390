import type { Session } from './session.ts';

const notSystem = (namespace: string) =>
  `${namespace}.nspname NOT IN ('pg_catalog', 'information_schema') AND ${namespace}.nspname !~ '^pg_(toast|temp)'`;

const notOfExtension = (catalog: string, id: string) =>
  `NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '${catalog}'::regclass AND e.objid = ${id} AND e.deptype = 'e')`;

/**
 * Only what reads the same after a dump and a restore, on any major version: PostgreSQL prints an expression (of a
 * view, a check, a default) a little differently the first time it is read back, so expressions count by their presence.
 * A foreign key makes further ones for partitions, numbered in the order in which those came to be: only itself counts.
 */
const parts: readonly string[] = [
  `SELECT 'schema ' || quote_ident(n.nspname), '' FROM pg_namespace n
    WHERE ${notSystem('n')} AND ${notOfExtension('pg_namespace', 'n.oid')}`,
  `SELECT 'relation ' || format('%I.%I', n.nspname, c.relname),
      concat_ws('|', c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.relispartition, c.relreplident,
        pg_get_partkeydef(c.oid) IS NOT NULL)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c', 'S') AND c.relpersistence <> 't'
      AND ${notSystem('n')} AND ${notOfExtension('pg_class', 'c.oid')}`,
  `SELECT 'columns ' || format('%I.%I', n.nspname, c.relname),
      string_agg(concat_ws('|', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod), a.attnotnull, a.atthasdef,
        a.attidentity, a.attgenerated, CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END),
        ',' ORDER BY a.attname COLLATE "C")
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      JOIN pg_type t ON t.oid = a.atttypid
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND c.relpersistence <> 't'
      AND ${notSystem('n')} AND ${notOfExtension('pg_class', 'c.oid')}
    GROUP BY n.nspname, c.relname`,
  `SELECT 'inheritance ' || i.inhrelid::regclass::text, string_agg(i.inhparent::regclass::text, ',' ORDER BY i.inhseqno)
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f') AND ${notSystem('n')} GROUP BY i.inhrelid`,
  `SELECT 'constraint ' || format('%I on %s', k.conname, coalesce(nullif(k.conrelid, 0)::regclass::text, k.contypid::regtype::text)),
      concat_ws('|', k.contype, k.condeferrable, k.condeferred, k.convalidated,
        CASE WHEN k.confrelid <> 0 THEN k.confrelid::regclass::text END, k.confupdtype, k.confdeltype,
        (SELECT string_agg(quote_ident(a.attname), ',' ORDER BY x.ord) FROM unnest(k.conkey) WITH ORDINALITY AS x(num, ord)
          JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = x.num WHERE k.contype <> 'c'))
    FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
    WHERE k.contype IN ('c', 'f', 'p', 'u', 'x') AND NOT (k.contype = 'f' AND k.conparentid <> 0) AND ${notSystem('n')} AND ${notOfExtension('pg_constraint', 'k.oid')}
      AND ${notOfExtension('pg_class', 'k.conrelid')} AND ${notOfExtension('pg_type', 'k.contypid')}`,
  `SELECT 'index ' || i.indexrelid::regclass::text,
      concat_ws('|', i.indrelid::regclass::text, i.indisunique, i.indisprimary, i.indisclustered, i.indnatts, i.indnkeyatts, am.amname,
        i.indpred IS NOT NULL, i.indexprs IS NOT NULL)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_am am ON am.oid = c.relam
    WHERE ${notSystem('n')} AND ${notOfExtension('pg_class', 'i.indrelid')}`,
  `SELECT 'function ' || p.oid::regprocedure::text,
      concat_ws('|', p.prokind, p.prosecdef, p.provolatile, p.proleakproof, p.proisstrict, p.proparallel, l.lanname,
        CASE WHEN p.prosqlbody IS NULL THEN p.prosrc END, array_to_string(p.proconfig, ','), format_type(p.prorettype, NULL))
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
    WHERE ${notSystem('n')} AND ${notOfExtension('pg_proc', 'p.oid')}`,
  `SELECT 'type ' || t.oid::regtype::text,
      concat_ws('|', t.typtype, t.typnotnull, CASE WHEN t.typbasetype <> 0 THEN format_type(t.typbasetype, t.typtypmod) END,
        (SELECT string_agg(quote_literal(e.enumlabel), ',' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid))
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE t.typtype IN ('e', 'd', 'r') AND ${notSystem('n')} AND ${notOfExtension('pg_type', 't.oid')}`,
  `SELECT 'sequence ' || s.seqrelid::regclass::text,
      concat_ws('|', s.seqtypid::regtype::text, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle)
    FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relpersistence <> 't' AND ${notSystem('n')} AND ${notOfExtension('pg_class', 's.seqrelid')}`,
  `SELECT 'trigger ' || format('%I on %s', g.tgname, g.tgrelid::regclass::text),
      concat_ws('|', g.tgtype, g.tgfoid::regprocedure::text, g.tgenabled, encode(g.tgargs, 'hex'))
    FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT g.tgisinternal AND ${notSystem('n')} AND ${notOfExtension('pg_class', 'g.tgrelid')}`,
  `SELECT 'rule ' || format('%I on %s', w.rulename, w.ev_class::regclass::text), concat_ws('|', w.ev_type, w.ev_enabled, w.is_instead)
    FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE ${notSystem('n')} AND ${notOfExtension('pg_class', 'w.ev_class')}`,
  `SELECT 'policy ' || format('%I on %s', p.polname, p.polrelid::regclass::text), concat_ws('|', p.polcmd, p.polpermissive)
    FROM pg_policy p`,
  `SELECT 'statistics ' || format('%I.%I', n.nspname, s.stxname), concat_ws('|', s.stxrelid::regclass::text, array_to_string(s.stxkind, ','))
    FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE ${notSystem('n')}`,
];

/** Fingerprints of every object in the session's database, by kind and qualified name. */
export async function readStructure(session: Session): Promise<Record<string, string>> {
  const union = parts.map((part) => `(${part})`).join('\nUNION ALL\n');
  const rows = await session.query<{ name: string; fingerprint: string }>(
    'Read the structure',
    `SELECT name, left(encode(sha256(convert_to(coalesce(string_agg(what, ';' ORDER BY what COLLATE "C"), ''), 'UTF8')), 'hex'), 16) AS fingerprint
     FROM (${union}) AS parts (name, what) GROUP BY name ORDER BY name COLLATE "C"`,
  );
  return Object.fromEntries(rows.map((row) => [row.name, row.fingerprint]));
}
