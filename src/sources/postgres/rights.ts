import type { Grant, Rights } from './evidence.ts';
import { literal } from './names.ts';
import type { Session } from './session.ts';

/** One object of the session's database as GRANT and ALTER … OWNER know it. All SQL in it was quoted by PostgreSQL. */
export interface OwnedObject {
  /** As `pg_identify_object` names it, and so the evidence. */
  readonly type: string;
  readonly identity: string;
  /** Null for a column, which has none of its own. */
  readonly owner: string | null;
  /** What follows ON in a GRANT, e.g. `TABLE public.donor`; null if nothing can be granted on it. */
  readonly grantOn: string | null;
  /** The column, quoted, if it is one. */
  readonly column: string | null;
  /** False for the sequence of a column, which goes with its table and cannot go alone. */
  readonly ownsItself: boolean;
}

const anyKind = (catalog: string, owner: string) =>
  `SELECT '${catalog}'::regclass::oid, oid, 0, ${owner}, NULL, NULL, NULL FROM ${catalog}`;

/**
 * Everything that has an owner or privileges, from the catalogs themselves: PostgreSQL keeps no list of what belongs to
 * the role that the cluster was made with. Columns: catalog, object, column, owner, privileges, kind for `acldefault`, word for GRANT.
 */
const everything = `
  SELECT 'pg_namespace'::regclass::oid, oid, 0, nspowner, nspacl, 'n', 'SCHEMA' FROM pg_namespace
  UNION ALL SELECT 'pg_class'::regclass, oid, 0, relowner, relacl, CASE relkind WHEN 'S' THEN 's' ELSE 'r' END,
      CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END
    FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND relpersistence <> 't'
  UNION ALL SELECT 'pg_class'::regclass, attrelid, attnum, NULL, attacl, 'c', 'TABLE' FROM pg_attribute
    WHERE attacl IS NOT NULL AND NOT attisdropped
  UNION ALL SELECT 'pg_proc'::regclass, oid, 0, proowner, proacl, 'f', 'ROUTINE' FROM pg_proc
  UNION ALL SELECT 'pg_type'::regclass, t.oid, 0, t.typowner, t.typacl, 'T', 'TYPE' FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE t.typtype IN ('b', 'e', 'd', 'r') AND t.typcategory <> 'A' OR c.relkind = 'c'
  UNION ALL SELECT 'pg_language'::regclass, oid, 0, lanowner, lanacl, 'l', 'LANGUAGE' FROM pg_language
  UNION ALL SELECT 'pg_largeobject'::regclass, oid, 0, lomowner, lomacl, 'L', 'LARGE OBJECT' FROM pg_largeobject_metadata
  UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass, oid, 0, fdwowner, fdwacl, 'F', 'FOREIGN DATA WRAPPER' FROM pg_foreign_data_wrapper
  UNION ALL SELECT 'pg_foreign_server'::regclass, oid, 0, srvowner, srvacl, 'S', 'FOREIGN SERVER' FROM pg_foreign_server
  UNION ALL ${anyKind('pg_operator', 'oprowner')}
  UNION ALL ${anyKind('pg_opclass', 'opcowner')}
  UNION ALL ${anyKind('pg_opfamily', 'opfowner')}
  UNION ALL ${anyKind('pg_collation', 'collowner')}
  UNION ALL ${anyKind('pg_conversion', 'conowner')}
  UNION ALL ${anyKind('pg_ts_dict', 'dictowner')}
  UNION ALL ${anyKind('pg_ts_config', 'cfgowner')}
  UNION ALL ${anyKind('pg_statistic_ext', 'stxowner')}
  UNION ALL ${anyKind('pg_publication', 'pubowner')}`;

/** With what privileges began as: those of an extension or of a new cluster, else PostgreSQL's default. */
const objects = `
  SELECT o.*, i.initprivs IS DISTINCT FROM o.acl AS touched,
    coalesce(i.initprivs, acldefault(o.kind::"char", coalesce(o.owner, 10))) AS base,
    NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = o.class AND e.objid = o.object AND e.deptype = 'e')
      AND (o.object >= 16384 OR o.word = 'LARGE OBJECT' OR (o.word = 'SCHEMA' AND o.object = 2200)) AS ours
  FROM (${everything}) AS o (class, object, sub, owner, acl, kind, word)
    LEFT JOIN pg_init_privs i ON i.classoid = o.class AND i.objoid = o.object AND i.objsubid = o.sub
  WHERE o.class <> 'pg_namespace'::regclass OR NOT EXISTS (SELECT FROM pg_namespace n WHERE n.oid = o.object AND n.nspname ~ '^pg_(toast|temp)')`;

/** Items of the privileges `have` that are not among `others`, in the order in which they were granted. */
const itemsBeyond = (have: string, others: string) => `
  (SELECT coalesce(jsonb_agg(jsonb_build_object('grantor', pg_get_userbyid(a.grantor),
      'grantee', CASE WHEN a.grantee <> 0 THEN pg_get_userbyid(a.grantee) END,
      'privilege', a.privilege_type, 'grantable', a.is_grantable) ORDER BY a.at), '[]')
    FROM aclexplode(${have}) WITH ORDINALITY AS a (grantor, grantee, privilege_type, is_grantable, at)
    WHERE NOT EXISTS (SELECT FROM aclexplode(${others}) b WHERE b.grantee = a.grantee
      AND b.privilege_type = a.privilege_type AND b.is_grantable = a.is_grantable))`;

/**
 * Who owns what does not belong to the database's owner, and what was granted and revoked beyond the defaults. As the
 * difference, because defaults grow: PostgreSQL 17 has a privilege that owners have and older versions do not know.
 */
export async function readRights(session: Session): Promise<Rights> {
  const [owners, grants, defaultPrivileges] = await Promise.all([
    session.query<Rights['owners'][number]>(
      'Read the owners',
      `SELECT i.type, i.identity, pg_get_userbyid(o.owner) AS owner FROM (${objects}) AS o, pg_identify_object(o.class, o.object, o.sub) i
        WHERE o.ours AND o.owner IS NOT NULL AND o.owner <> (SELECT datdba FROM pg_database WHERE datname = current_database())
        ORDER BY i.type COLLATE "C", i.identity COLLATE "C"`,
    ),
    session.query<Rights['grants'][number]>(
      'Read the privileges',
      `SELECT i.type, i.identity, ${itemsBeyond('o.acl', 'o.base')} AS granted, ${itemsBeyond('o.base', 'o.acl')} AS revoked
        FROM (${objects}) AS o, pg_identify_object(o.class, o.object, o.sub) i
        WHERE o.acl IS NOT NULL AND o.touched ORDER BY i.type COLLATE "C", i.identity COLLATE "C"`,
    ),
    session.query<Rights['defaultPrivileges'][number]>(
      'Read the default privileges',
      `SELECT role, schema, kind, ${itemsBeyond('d.acl', 'd.base')} AS granted, ${itemsBeyond('d.base', 'd.acl')} AS revoked
        FROM (SELECT pg_get_userbyid(f.defaclrole) AS role, n.nspname AS schema, f.defaclobjtype AS kind, f.defaclacl AS acl,
            -- Those of a schema come on top; those of everywhere stand in place of the default.
            CASE WHEN n.oid IS NULL THEN acldefault(CASE f.defaclobjtype WHEN 'S' THEN 's' ELSE f.defaclobjtype END, f.defaclrole)
              ELSE acldefault('c', f.defaclrole) END AS base
          FROM pg_default_acl f LEFT JOIN pg_namespace n ON n.oid = f.defaclnamespace) AS d
        ORDER BY role COLLATE "C", schema COLLATE "C", kind`,
    ),
  ]);
  return { owners, grants, defaultPrivileges };
}

/** The objects of the session's database that belong to `stager`, or are among `named`. */
export async function findObjects(
  session: Session,
  stager: string,
  named: readonly { readonly type: string; readonly identity: string }[],
): Promise<OwnedObject[]> {
  return await session.query<OwnedObject>(
    'List the objects',
    `WITH named AS MATERIALIZED (SELECT * FROM jsonb_to_recordset(${literal(JSON.stringify(named))}::jsonb) AS n (type text, identity text))
      SELECT i.type, i.identity, pg_get_userbyid(o.owner) AS owner,
        CASE WHEN o.sub = 0 THEN o.word || ' ' || i.identity ELSE 'TABLE ' || o.object::regclass::text END AS "grantOn",
        (SELECT quote_ident(a.attname) FROM pg_attribute a WHERE o.sub <> 0 AND a.attrelid = o.object AND a.attnum = o.sub) AS column,
        NOT (o.word IS NOT DISTINCT FROM 'SEQUENCE' AND EXISTS (SELECT FROM pg_depend d WHERE d.classid = o.class AND d.objid = o.object
          AND d.deptype IN ('a', 'i') AND d.refclassid = o.class AND d.refobjsubid > 0)) AS "ownsItself"
      FROM (SELECT class, object, sub, owner, word FROM (${everything}) AS e (class, object, sub, owner, acl, kind, word)
          UNION ALL SELECT 'pg_class'::regclass, attrelid, attnum, NULL, 'TABLE' FROM pg_attribute
            WHERE attacl IS NULL AND attnum > 0 AND NOT attisdropped AND attrelid >= 16384
              AND EXISTS (SELECT FROM named WHERE type = 'table column')) AS o,
        pg_identify_object(o.class, o.object, o.sub) i
      WHERE o.owner = ${literal(stager)}::regrole OR EXISTS (SELECT FROM named n WHERE n.type = i.type AND n.identity = i.identity)`,
  );
}

/** In which ways `copy` has other owners or privileges than `wanted`; empty if it has the same. */
export function rightsDifferences(wanted: Rights, copy: Rights): string[] {
  const compared: [string, Map<string, string>, Map<string, string>][] = [
    ['owner', ownersOf(wanted), ownersOf(copy)],
    ['privileges', grantsOf(wanted), grantsOf(copy)],
    ['default privileges', defaultsOf(wanted), defaultsOf(copy)],
  ];
  return compared.flatMap(([what, before, after]) =>
    [...new Set([...before.keys(), ...after.keys()])]
      .filter((name) => before.get(name) !== after.get(name))
      .map((name) => `${name} has other ${what}`),
  );
}

function ownersOf({ owners }: Rights): Map<string, string> {
  return new Map(owners.map(({ type, identity, owner }) => [`${type} ${identity}`, owner]));
}

function grantsOf({ grants }: Rights): Map<string, string> {
  return mapOf(grants, ({ type, identity }) => `${type} ${identity}`);
}

function defaultsOf({ defaultPrivileges }: Rights): Map<string, string> {
  return mapOf(defaultPrivileges, ({ role, schema, kind }) => `${role} ${schema ?? ''} ${kind}`);
}

function mapOf<Entry extends { readonly granted: readonly Grant[]; readonly revoked: readonly Grant[] }>(
  entries: readonly Entry[],
  nameOf: (entry: Entry) => string,
): Map<string, string> {
  // By whom something was granted can change when its owner is also a member of the role that did.
  const text = (items: readonly Grant[]): string =>
    [...new Set(items.map(({ grantee, privilege, grantable }) => JSON.stringify([grantee, privilege, grantable])))]
      .sort()
      .join();
  return new Map(
    entries
      .map((entry): [string, string] => [nameOf(entry), `${text(entry.granted)};${text(entry.revoked)}`])
      .filter(([, difference]) => difference !== ';'),
  );
}
