import type { Readable } from 'node:stream';
import { BackupError } from '../../errors.ts';
import { shown } from '../../shown.ts';
import { planArchive, trustedExtensions } from './archive.ts';
import type { DatabaseEvidence } from './evidence.ts';
import { loadArchive, readTableOfContents } from './load.ts';
import { type Marker, toComment } from './marker.ts';
import { identifier, literal } from './names.ts';
import { openSession, type Server, type Session, SqlError } from './session.ts';

/** A dump to be loaded beside the living database. */
export interface DumpToStage {
  readonly evidence: DatabaseEvidence;
  /** The plain dump, from the start, each time it is called. Errors if it is not whole. */
  open(): Promise<Readable>;
}

export interface StageOptions {
  /** Name of the staged database. */
  readonly copy: string;
  /** Name of the role that loads it. */
  readonly stager: string;
  readonly runId: string;
  readonly at: string;
  /** The names of all databases staged in the run. */
  readonly together: readonly string[];
  /** Extensions that may be made as superuser beside the trusted ones. */
  readonly allowedExtensions: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

/**
 * Makes the database `copy` from `template0` and loads the dump into it as a role without superuser rights: an archive
 * is code, and as superuser it could run commands on the host. `admin` is a superuser session on a maintenance database.
 */
export async function stageDump(
  server: Server,
  admin: Session,
  dump: DumpToStage,
  options: StageOptions,
): Promise<void> {
  const { copy, stager, signal } = options;
  // Neither needs the other, and both are made of waiting. Both end before either's failure is told.
  const [prepared, read] = await Promise.allSettled([
    prepareCopy(server, admin, dump.evidence, options),
    dump.open().then(async (archive) => await readTableOfContents(server, archive, signal)),
  ]);
  if (prepared.status === 'rejected') throw prepared.reason;
  if (read.status === 'rejected') throw read.reason;
  const plan = planArchive(read.value, prepared.value);
  if (plan.refused.length > 0) {
    throw new BackupError(
      'stage-failed',
      `The dump of ${dump.evidence.name} holds what only a superuser can create: ${plan.refused.join(', ')}`,
      {
        hint: 'Such objects can run commands on the host; open the backup and restore by hand what you trust',
      },
    );
  }
  await loadArchive(server, await dump.open(), { database: copy, role: stager, list: plan.list, signal });
}

/** Makes the copy and what must be in it before the dump is loaded. Gives the schemas made for extensions. */
async function prepareCopy(
  server: Server,
  admin: Session,
  evidence: DatabaseEvidence,
  options: StageOptions,
): Promise<string[]> {
  await createCopy(admin, evidence, options);
  if (!Object.hasOwn(evidence.contents.structure, 'schema public')) {
    await using session = await openSession(server, options.copy, { signal: options.signal });
    // No dump says that this schema was dropped.
    await session.execute('Drop the schema public', 'DROP SCHEMA public');
  }
  return await createExtensions(server, evidence, options);
}

/** What PostgreSQL says of a locale it does not have, and of one that does not go with the encoding. */
const localeRefused: ReadonlySet<string> = new Set(['42809', '22023', '42704']);

async function createCopy(admin: Session, evidence: DatabaseEvidence, options: StageOptions): Promise<void> {
  const { properties, name } = evidence;
  const providers: Readonly<Record<string, string>> = { c: 'libc', i: 'icu', b: 'builtin' };
  const provider = providers[properties.localeProvider];
  const icu =
    properties.locale === null
      ? ''
      : ` ${provider === 'icu' ? 'ICU_LOCALE' : 'BUILTIN_LOCALE'} ${literal(properties.locale)}`;
  await admin
    .execute(
      `Create the staged database of ${name}`,
      `CREATE DATABASE ${identifier(options.copy)} OWNER ${identifier(options.stager)} TEMPLATE template0
      ENCODING ${literal(properties.encoding)} LOCALE_PROVIDER ${provider ?? 'libc'}
      LC_COLLATE ${literal(properties.collate)} LC_CTYPE ${literal(properties.ctype)}${icu}`,
    )
    .catch((error: unknown) => {
      if (!(error instanceof SqlError) || !localeRefused.has(error.sqlState)) throw error;
      throw new BackupError(
        'stage-failed',
        `This PostgreSQL cannot have a database like ${name}: encoding ${shown(properties.encoding)}, locale ${shown(properties.locale ?? properties.collate)}`,
        { hint: 'Add the locale to the image of postgres-db, then restore again', cause: error },
      );
    });
  const { runId, at, together } = options;
  const { comment } = properties;
  const marker: Marker = { run: runId, role: 'staged', of: name, at, together: [...together], comment };
  await admin.execute(
    'Mark the staged database',
    `COMMENT ON DATABASE ${identifier(options.copy)} IS ${literal(toComment(marker))}`,
  );
}

/** Makes the extensions while the copy is still empty. Gives the schemas made for them. */
async function createExtensions(server: Server, evidence: DatabaseEvidence, options: StageOptions): Promise<string[]> {
  const { extensions } = evidence.requirements;
  if (extensions.length === 0) return [];
  const unknown = extensions.filter(({ name }) => !trustedExtensions.has(name) && !options.allowedExtensions.has(name));
  if (unknown.length > 0) {
    throw new BackupError(
      'stage-failed',
      `${evidence.name} needs extensions that are not on the list of harmless ones: ${unknown.map(({ name }) => name).join(', ')}`,
      {
        hint: 'If you trust them, name them in the input allow-extensions',
      },
    );
  }
  await using session = await openSession(server, options.copy, { signal: options.signal });
  const schemas = [...new Set(extensions.map(({ schema }) => schema))].filter(
    (schema) => schema !== 'public' && !schema.startsWith('pg_'),
  );
  for (const schema of schemas) {
    await session.execute(
      'Create the schema of an extension',
      `CREATE SCHEMA ${identifier(schema)} AUTHORIZATION ${identifier(options.stager)}`,
    );
  }
  for (const { name, schema, version, comment } of extensions) {
    const [available] = await session.query<{ same: boolean }>(
      'Look for an extension',
      `SELECT bool_or(version = ${literal(version)}) AS same FROM pg_available_extension_versions WHERE name = ${literal(name)} HAVING count(*) > 0`,
    );
    if (available === undefined) {
      throw new BackupError(
        'stage-failed',
        `${evidence.name} needs the extension ${name}, which this PostgreSQL does not have`,
        {
          hint: 'Install it in the image of postgres-db, then restore again',
        },
      );
    }
    const exact = available.same ? ` VERSION ${literal(version)}` : '';
    await session.execute(
      `Create the extension ${name}`,
      `CREATE EXTENSION ${identifier(name)} SCHEMA ${identifier(schema)}${exact}`,
    );
    await session.execute(
      `Comment on the extension ${name}`,
      `COMMENT ON EXTENSION ${identifier(name)} IS ${comment === null ? 'NULL' : literal(comment)}`,
    );
  }
  return schemas;
}
