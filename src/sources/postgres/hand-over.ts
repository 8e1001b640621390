import type { Properties, Requirements } from './evidence.ts';
import { identifier, literal } from './names.ts';
import type { Session } from './session.ts';

/** Settings whose value is a list that PostgreSQL stores with its quotes: they are set item by item. */
const listSettings: ReadonlySet<string> = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
]);

/** Letters of pg_default_acl for kinds of objects. */
const defaultKinds: Readonly<Record<string, string>> = {
  r: 'TABLES',
  S: 'SEQUENCES',
  f: 'FUNCTIONS',
  T: 'TYPES',
  n: 'SCHEMAS',
  L: 'LARGE OBJECTS',
};

/** Where ALTER has another word for a kind than pg_identify_object. */
const alterWords: Readonly<Record<string, string>> = { 'composite type': 'TYPE', 'statistics object': 'STATISTICS' };

/** Gives the objects of the session's database, all owned by `stager`, to those who owned what they are copies of. */
export async function handOverObjects(
  session: Session,
  stager: string,
  owner: string,
  requirements: Requirements,
): Promise<void> {
  // Which object is meant is looked up here, by what PostgreSQL calls it, so that no text of the evidence becomes SQL.
  const others = await session.query<{ type: string; identity: string }>(
    'List the objects to hand over',
    `SELECT i.type, i.identity FROM pg_shdepend s, pg_identify_object(s.classid, s.objid, s.objsubid) i
      WHERE s.deptype = 'o' AND s.refclassid = 'pg_authid'::regclass AND s.refobjid = ${literal(stager)}::regrole
        AND s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
        -- A sequence of a column goes with its table and cannot go alone.
        AND NOT (s.classid = 'pg_class'::regclass AND EXISTS (SELECT FROM pg_depend d WHERE d.classid = s.classid
          AND d.objid = s.objid AND d.deptype IN ('a', 'i') AND d.refclassid = s.classid AND d.refobjsubid > 0))`,
  );
  const wanted = new Map(requirements.owners.map((entry) => [`${entry.type} ${entry.identity}`, entry.owner]));
  for (const { type, identity } of others) {
    const other = wanted.get(`${type} ${identity}`);
    if (other === undefined) continue;
    const kind = alterWords[type] ?? type.toUpperCase();
    await session.execute('Give an object to its owner', `ALTER ${kind} ${identity} OWNER TO ${identifier(other)}`);
  }
  await session.execute(
    'Give the objects to their owner',
    `REASSIGN OWNED BY ${identifier(stager)} TO ${identifier(owner)}`,
  );
  for (const grant of requirements.defaultPrivileges) {
    const kind = defaultKinds[grant.kind];
    if (kind === undefined) continue;
    const grantee = grant.grantee === null ? 'PUBLIC' : identifier(grant.grantee);
    const where = grant.schema === null ? '' : ` IN SCHEMA ${identifier(grant.schema)}`;
    await session.execute(
      'Set the default privileges',
      `ALTER DEFAULT PRIVILEGES FOR ROLE ${identifier(grant.role)}${where}
        GRANT ${privilege(grant.privilege)} ON ${kind} TO ${grantee}${grant.grantable ? ' WITH GRANT OPTION' : ''}`,
    );
  }
  await session.execute('Take back what the staging role had', `DROP OWNED BY ${identifier(stager)}`);
}

/** Sets on `database` what pg_dump leaves out: owner, privileges, settings, connection limit. The comment comes with the swap. */
export async function handOverDatabase(session: Session, database: string, properties: Properties): Promise<void> {
  const name = identifier(database);
  const statements = [
    `ALTER DATABASE ${name} OWNER TO ${identifier(properties.owner)}`,
    `ALTER DATABASE ${name} CONNECTION LIMIT ${Math.trunc(properties.connectionLimit)}`,
  ];
  if (properties.acl !== null) {
    statements.push(
      `REVOKE ALL ON DATABASE ${name} FROM PUBLIC`,
      `REVOKE ALL ON DATABASE ${name} FROM ${identifier(properties.owner)}`,
      ...properties.acl.map(
        (grant) =>
          `GRANT ${privilege(grant.privilege)} ON DATABASE ${name} TO ${grant.grantee === null ? 'PUBLIC' : identifier(grant.grantee)}${grant.grantable ? ' WITH GRANT OPTION' : ''}`,
      ),
    );
  }
  for (const { role, values } of properties.settings) {
    const subject = role === null ? `ALTER DATABASE ${name}` : `ALTER ROLE ${identifier(role)} IN DATABASE ${name}`;
    statements.push(...values.map((value) => `${subject} SET ${setting(value)}`));
  }
  for (const statement of statements) await session.execute(`Set the properties of ${database}`, statement);
}

function privilege(text: string): string {
  if (!/^[A-Z ]+$/.test(text)) throw new Error('A privilege that is none');
  return text;
}

function setting(nameAndValue: string): string {
  const at = nameAndValue.indexOf('=');
  const name = nameAndValue.slice(0, at);
  const value = nameAndValue.slice(at + 1);
  const parts = name.split('.').map(identifier).join('.');
  if (!listSettings.has(name)) return `${parts} = ${literal(value)}`;
  const items = [...value.matchAll(/"((?:[^"]|"")*)"|([^,\s]+)/g)].map((match) =>
    literal((match[1] ?? match[2] ?? '').replaceAll('""', '"')),
  );
  return `${parts} = ${items.length === 0 ? "''" : items.join(', ')}`;
}
