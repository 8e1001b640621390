import { BackupError, isBackupError } from '../../errors.ts';
import type { Remote } from '../../remote/remote.ts';
import type { Container } from '../../stack/container.ts';
import { ownMarker } from './marker.ts';
import { parseDatabaseName } from './names.ts';
import { type DatabaseEntry, listDatabases } from './properties.ts';
import { openSession, type Server, type Session } from './session.ts';

/** The site's PostgreSQL, spoken to through its own container. */
export interface Postgres extends AsyncDisposable {
  readonly server: Server;
  /** A superuser session on a maintenance database; opened anew if the last one ended. */
  admin(): Promise<Session>;
}

/** How long the server may take over one administrative statement; dropping a large database is the longest. */
const adminAnswerMs = 120_000;
const adminLockWaitMs = 10_000;

/** Opens the PostgreSQL in a running container, as the superuser its image was set up with. */
export async function openPostgres(remote: Remote, container: Container, runId: string): Promise<Postgres> {
  const user = container.env.POSTGRES_USER ?? 'postgres';
  const server: Server = { remote, containerId: container.id, user, applicationName: `candig-backup/${runId}` };
  let opened: Promise<Session> | undefined;
  const openOn = async (database: string): Promise<Session> => {
    const session = await openSession(server, database, { answerWithinMs: adminAnswerMs });
    // A session that holds a lock on a database's entry must not keep a site out that we have stopped.
    await session.execute('Bound the waiting for locks', `SET lock_timeout = ${adminLockWaitMs}`);
    return session;
  };
  const open = async (): Promise<Session> =>
    await openOn('postgres').catch(async (error: unknown) => {
      if (!isBackupError(error, 'database-missing')) throw error;
      return await openOn('template1');
    });
  const admin = async (): Promise<Session> => {
    const before = opened;
    const current = await before?.catch(() => undefined);
    // A psql that waits does not notice that the server is gone, or was and came back.
    if (current?.isOpen && (await answers(current))) return current;
    // Unless somebody else has opened it anew meanwhile.
    if (opened === undefined || opened === before) opened = open();
    return await opened;
  };
  await admin();
  return {
    server,
    admin,
    [Symbol.asyncDispose]: async () => {
      await opened?.then((session) => session[Symbol.asyncDispose]()).catch(() => {});
    },
  };
}

async function answers(session: Session): Promise<boolean> {
  return await session.execute('Ask whether PostgreSQL is there', 'SELECT 1').then(
    () => true,
    () => false,
  );
}

/**
 * The databases to back up: the ones named, or everything but the templates, `postgres` and copies of ours. Throws if a
 * named one is missing, if one cannot be handled by its name, or does not accept connections.
 */
export async function chooseDatabases(postgres: Postgres, wanted: readonly string[]): Promise<DatabaseEntry[]> {
  const present = (await listDatabases(await postgres.admin())).filter((entry) => ownMarker(entry) === null);
  const missing = wanted.filter((name) => !present.some((entry) => entry.name === parseDatabaseName(name)));
  if (missing.length > 0) {
    throw new BackupError('database-missing', `There is no database ${missing.join(', ')}`, {
      hint: `There are: ${present.map(({ name }) => JSON.stringify(name)).join(', ')}`,
    });
  }
  const chosen =
    wanted.length > 0
      ? present.filter(({ name }) => wanted.includes(name))
      : present.filter(({ name }) => name !== 'postgres');
  if (chosen.length === 0) {
    throw new BackupError('database-missing', 'PostgreSQL holds no database to back up', {
      hint: 'If the site has lost its databases, restore a backup; nothing was written',
    });
  }
  for (const { name, acceptsConnections } of chosen) {
    parseDatabaseName(name);
    if (!acceptsConnections) {
      throw new BackupError('database-unusable', `Database ${name} does not accept connections`, {
        hint: 'A restore may have been cut off: run check or restore again, or set ALLOW_CONNECTIONS true',
      });
    }
  }
  return chosen;
}
