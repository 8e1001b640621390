import { BackupError } from '../../errors.ts';
import type { Grant, Properties, Rights } from './evidence.ts';
import { identifier, literal } from './names.ts';
import { findObjects } from './rights.ts';
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
export async function handOverObjects(session: Session, stager: string, owner: string, rights: Rights): Promise<void> {
  // Which object is meant is looked up here, by what PostgreSQL calls it, so that no text of the evidence becomes SQL.
  const objects = await findObjects(session, stager, [...rights.owners, ...rights.grants]);
  const wanted = new Map(rights.owners.map((entry) => [`${entry.type} ${entry.identity}`, entry.owner]));
  const moves = objects.flatMap((object) => {
    const other = wanted.get(`${object.type} ${object.identity}`);
    if (other === undefined || other === object.owner || !object.ownsItself) return [];
    const kind = alterWords[object.type] ?? object.type.toUpperCase();
    return [`ALTER ${kind} ${object.identity} OWNER TO ${identifier(other)}`];
  });
  await executeAll(session, 'Give an object to its owner', moves);
  await session.execute(
    'Give the objects to their owner',
    `REASSIGN OWNED BY ${identifier(stager)} TO ${identifier(owner)}`,
  );
  const found = new Map(objects.map((object) => [`${object.type} ${object.identity}`, object]));
  // Schemas first: nobody passes on a privilege on what lies in a schema that is shut to them.
  const grants = rights.grants.toSorted((a, b) => Number(b.type === 'schema') - Number(a.type === 'schema'));
  for (const { type, identity, granted, revoked } of grants) {
    const object = found.get(`${type} ${identity}`);
    if (object?.grantOn === undefined || object.grantOn === null) continue;
    const column = object.column === null ? '' : ` (${object.column})`;
    const on = `${column} ON ${object.grantOn}`;
    await executeAll(
      session,
      'Revoke a privilege',
      revoked.map((item) => `REVOKE ${privilege(item.privilege)}${on} FROM ${roleOf(item)} CASCADE`),
    );
    for (const item of granted) await grantAs(session, item.grantor, `GRANT ${grantText(item, on)}`);
  }
  await executeAll(session, 'Set the default privileges', rights.defaultPrivileges.flatMap(defaultStatements));
  await session.execute('Take back what the staging role had', `DROP OWNED BY ${identifier(stager)}`);
}

/** As whoever granted it, which PostgreSQL records; as a superuser if that role cannot any more. */
async function grantAs(session: Session, grantor: string, statement: string): Promise<void> {
  await session.execute('Act as who granted', `SET ROLE ${identifier(grantor)}`);
  const granted = await session.execute('Grant a privilege', statement).then(
    () => true,
    () => false,
  );
  await session.execute('Act as who granted', 'RESET ROLE');
  if (!granted) await session.execute('Grant a privilege', statement);
}

function defaultStatements({ role, schema, kind, granted, revoked }: Rights['defaultPrivileges'][number]): string[] {
  const word = defaultKinds[kind];
  if (word === undefined) return [];
  const where = schema === null ? '' : ` IN SCHEMA ${identifier(schema)}`;
  const alter = `ALTER DEFAULT PRIVILEGES FOR ROLE ${identifier(role)}${where}`;
  return [
    ...revoked.map((item) => `${alter} REVOKE ${privilege(item.privilege)} ON ${word} FROM ${roleOf(item)}`),
    ...granted.map((item) => `${alter} GRANT ${grantText(item, ` ON ${word}`)}`),
  ];
}

function grantText(item: Grant, on: string): string {
  return `${privilege(item.privilege)}${on} TO ${roleOf(item)}${item.grantable ? ' WITH GRANT OPTION' : ''}`;
}

function roleOf({ grantee }: Grant): string {
  return grantee === null ? 'PUBLIC' : identifier(grantee);
}

/** Sent on without waiting for each: there can be thousands. */
async function executeAll(session: Session, what: string, statements: readonly string[]): Promise<void> {
  await Promise.all(statements.map(async (statement) => await session.execute(what, statement)));
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
      ...properties.acl.map((item) => `GRANT ${grantText(item, ` ON DATABASE ${name}`)}`),
    );
  }
  for (const { role, values } of properties.settings) {
    const subject = role === null ? `ALTER DATABASE ${name}` : `ALTER ROLE ${identifier(role)} IN DATABASE ${name}`;
    statements.push(...values.map((value) => `${subject} SET ${setting(value)}`));
  }
  for (const statement of statements) await session.execute(`Set the properties of ${database}`, statement);
}

function privilege(text: string): string {
  if (!/^[A-Z ]+$/.test(text)) throw new BackupError('manifest-invalid', 'The evidence names a privilege that is none');
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
