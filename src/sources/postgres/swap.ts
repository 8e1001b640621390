import { setTimeout as delay } from 'node:timers/promises';
import { BackupError } from '../../errors.ts';
import { ownMarker } from './marker.ts';
import { identifier, literal } from './names.ts';
import { listDatabases } from './properties.ts';
import { type Session, SqlError } from './session.ts';

/** One database gets another name, and the comment that goes with it there (null: none). */
export interface Rename {
  readonly from: string;
  readonly to: string;
  readonly comment: string | null;
}

const objectInUse = '55006';
const sessionsGoneMs = 10_000;
/** How often the renames are tried while a session that was just being opened stands in their way. */
const renameTries = 3;

/**
 * Throws if one of the databases holds a prepared transaction: it keeps a database from being renamed, whether or not
 * anybody is connected, and only its owner can say how it is to end.
 */
export async function refusePrepared(
  admin: Session,
  databases: readonly string[],
  code: 'restore-refused' | 'swap-failed',
): Promise<void> {
  if (databases.length === 0) return;
  const holding = await admin.query<{ name: string }>(
    'Look for prepared transactions',
    `SELECT DISTINCT database AS name FROM pg_prepared_xacts WHERE database IN (${databases.map(literal).join(', ')})`,
  );
  if (holding.length === 0) return;
  const names = holding.map(({ name }) => name).join(' and ');
  throw new BackupError(code, `${names} cannot be renamed: there are prepared transactions on it`, {
    hint: 'Commit them or roll them back (pg_prepared_xacts lists them), then run again',
  });
}

/** Refuses new connections to the databases and ends the ones there are. */
async function closeDatabases(admin: Session, databases: readonly string[]): Promise<void> {
  for (const database of databases) {
    await admin.execute('Close a database', `ALTER DATABASE ${identifier(database)} ALLOW_CONNECTIONS false`);
  }
  if (databases.length === 0) return;
  const names = databases.map(literal).join(', ');
  const deadline = performance.now() + sessionsGoneMs;
  for (;;) {
    const left = await admin.query<{ pid: number }>(
      'End the sessions',
      `SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN (${names}) AND pid <> pg_backend_pid()`,
    );
    if (left.length === 0) return;
    if (performance.now() > deadline) {
      throw new BackupError('swap-failed', `${left.length} sessions on the living databases do not end`, {
        hint: 'Look for a session stuck in the operating system (pg_stat_activity) and end it',
      });
    }
    await delay(50);
  }
}

/** Accepts connections again. */
export async function reopenDatabases(admin: Session, databases: readonly string[]): Promise<void> {
  for (const database of databases) {
    await admin.execute('Open a database', `ALTER DATABASE ${identifier(database)} ALLOW_CONNECTIONS true`);
  }
}

/**
 * After a swap that did not happen: opens those of `databases` that are closed, and the kept copies it had closed.
 * Gives the names of what it opened.
 */
export async function reopenAfterSwap(admin: Session, databases: readonly string[]): Promise<string[]> {
  const closed = (await listDatabases(admin))
    .filter(({ acceptsConnections }) => !acceptsConnections)
    .filter((entry) => databases.includes(entry.name) || ownMarker(entry)?.role === 'previous')
    .map(({ name }) => name);
  await reopenDatabases(admin, closed);
  return closed;
}

/**
 * Renames in the order given, in one transaction that also opens every one of the databases: afterwards either all have
 * their new names, or none has.
 */
async function renameAll(admin: Session, renames: readonly Rename[]): Promise<void> {
  await admin.execute('Begin the swap', 'BEGIN');
  try {
    for (const { from, to, comment } of renames) {
      await admin.execute('Swap the databases', `ALTER DATABASE ${identifier(from)} RENAME TO ${identifier(to)}`);
      await admin.execute(
        'Swap the databases',
        `COMMENT ON DATABASE ${identifier(to)} IS ${comment === null ? 'NULL' : literal(comment)}`,
      );
      await admin.execute('Swap the databases', `ALTER DATABASE ${identifier(to)} ALLOW_CONNECTIONS true`);
    }
  } catch (error) {
    await admin.execute('Undo the swap', 'ROLLBACK').catch(() => {});
    throw error;
  }
  await admin.execute('Commit the swap', 'COMMIT');
}

/**
 * Closes the databases and renames them, all or none. If it fails before the commit, they are open again under their old
 * names, unless the server or the way to it is gone.
 */
export async function changePlaces(admin: Session, renames: readonly Rename[]): Promise<void> {
  const databases = renames.map(({ from }) => from);
  await refusePrepared(admin, databases, 'swap-failed');
  try {
    for (let left = renameTries - 1; ; left -= 1) {
      await closeDatabases(admin, databases);
      const done = await renameAll(admin, renames).then(
        () => true,
        (error: unknown) => {
          // Somebody who came in as the door closed is not listed yet when the sessions are ended.
          if (left > 0 && error instanceof SqlError && error.sqlState === objectInUse) return false;
          throw error;
        },
      );
      if (done) break;
    }
  } catch (error) {
    await reopenDatabases(admin, databases).catch(() => {});
    throw error;
  }
}
