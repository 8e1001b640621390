import { BackupError } from '../../errors.ts';
import type { Properties, Requirements } from './evidence.ts';
import { literal } from './names.ts';
import { readRights } from './rights.ts';
import type { Session } from './session.ts';

/** A database as the cluster lists it. */
export interface DatabaseEntry {
  /** Stays with a database when its name changes. */
  readonly oid: number;
  readonly name: string;
  readonly comment: string | null;
  readonly acceptsConnections: boolean;
  readonly sizeBytes: number;
}

/** Every database but the templates, with its size. The session may be on any database. */
export async function listDatabases(session: Session): Promise<DatabaseEntry[]> {
  return await session.query<DatabaseEntry>(
    'List the databases',
    `SELECT d.oid::bigint AS oid, d.datname AS name, shobj_description(d.oid, 'pg_database') AS comment, d.datallowconn AS "acceptsConnections",
        pg_database_size(d.oid) AS "sizeBytes"
      FROM pg_database d WHERE NOT d.datistemplate ORDER BY d.datname COLLATE "C"`,
  );
}

/** What belongs to `database` but is in no dump of it. Any session of the cluster will do. */
export async function readProperties(session: Session, database: string): Promise<Properties> {
  const rows = await session.query<Properties>(
    'Read the properties of a database',
    // `to_jsonb` of the row: the locale column has another name in each major version.
    `SELECT pg_get_userbyid(d.datdba) AS owner, pg_encoding_to_char(d.encoding) AS encoding,
        d.datcollate AS collate, d.datctype AS ctype, d.datlocprovider AS "localeProvider",
        coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') AS locale,
        d.datconnlimit AS "connectionLimit", shobj_description(d.oid, 'pg_database') AS comment,
        CASE WHEN d.datacl IS NOT NULL THEN (
          SELECT coalesce(jsonb_agg(jsonb_build_object(
              'grantee', CASE WHEN a.grantee <> 0 THEN pg_get_userbyid(a.grantee) END,
              'privilege', a.privilege_type, 'grantable', a.is_grantable)
            ORDER BY a.grantee::regrole::text COLLATE "C", a.privilege_type COLLATE "C"), '[]')
          FROM aclexplode(d.datacl) AS a) END AS acl,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('role', r.rolname, 'values', s.setconfig)
            ORDER BY r.rolname COLLATE "C" NULLS FIRST), '[]')
          FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole WHERE s.setdatabase = d.oid) AS settings
      FROM pg_database d WHERE d.datname = ${literal(database)}`,
  );
  const found = rows[0];
  if (found === undefined) throw new BackupError('database-missing', `There is no database ${database}`);
  return found;
}

/** What a restore of the session's own database will need beside its dump. */
export async function readRequirements(session: Session): Promise<Requirements> {
  const [[needs], rights] = await Promise.all([
    session.query<Omit<Requirements, 'rights'>>(
      'Read what a restore will need',
      `SELECT
        (SELECT coalesce(jsonb_agg(jsonb_build_object('name', e.extname, 'version', e.extversion, 'schema', n.nspname,
            'comment', obj_description(e.oid, 'pg_extension')) ORDER BY e.oid), '[]')
          FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql') AS extensions,
        (SELECT coalesce(jsonb_agg(DISTINCT pg_get_userbyid(s.refobjid)), '[]') FROM pg_shdepend s
          WHERE s.refclassid = 'pg_authid'::regclass
            AND s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())) AS roles`,
    ),
    readRights(session),
  ]);
  if (needs === undefined) throw new Error('A query without FROM gave no row');
  return { ...needs, rights };
}
