import { setTimeout as delay } from 'node:timers/promises';
import { BackupError } from '../../errors.ts';
import { type Marker, ownMarker } from './marker.ts';
import { copySuffix, identifier, literal } from './names.ts';
import type { DatabaseEntry } from './properties.ts';
import { listDatabases } from './properties.ts';
import type { Session } from './session.ts';

/** Roles that load staged copies are called so, with the run's tail behind. */
export const stagerPrefix = 'candig_backup_stager_';

/** A database of ours. */
export interface Copy extends DatabaseEntry {
  readonly marker: Marker;
}

/** The databases we made: staged copies and previous ones. */
export async function listCopies(admin: Session): Promise<Copy[]> {
  return (await listDatabases(admin)).flatMap((entry) => {
    const marker = ownMarker(entry);
    return marker === null ? [] : [{ ...entry, marker }];
  });
}

/** Drops a database whoever may be on it; one that is gone is no error. */
export async function dropDatabase(admin: Session, name: string): Promise<void> {
  await admin.execute(`Drop ${name}`, `DROP DATABASE IF EXISTS ${identifier(name)} WITH (FORCE)`);
}

/**
 * Removes every staged copy and staging role there is. To be called only by whoever holds the host's lock, when
 * nothing of its own is staged yet. Gives the names of the databases dropped.
 */
export async function dropStaged(admin: Session): Promise<string[]> {
  const staged = (await listCopies(admin)).filter(({ marker }) => marker.role === 'staged');
  for (const { name } of staged) await dropDatabase(admin, name);
  await dropStagers(admin);
  return staged.map(({ name }) => name);
}

/** Drops the staging roles whose names start with `prefix`, and what they still own. Default: everyone's. */
export async function dropStagers(admin: Session, prefix = stagerPrefix): Promise<void> {
  const stagers = await admin.query<{ name: string; owned: string[] }>(
    'List the staging roles',
    `SELECT r.rolname AS name, (SELECT coalesce(jsonb_agg(d.datname), '[]') FROM pg_database d WHERE d.datdba = r.oid) AS owned
      FROM pg_roles r WHERE starts_with(r.rolname, ${literal(prefix)})`,
  );
  for (const { name, owned } of stagers) {
    // A copy that died between its making and its marking: owned by a staging role, so ours as well.
    const suffix = copySuffix('restore', name.slice(stagerPrefix.length).replace(/_\d+$/, ''));
    for (const database of owned.filter((each) => each.endsWith(suffix))) await dropDatabase(admin, database);
    // One that somebody gave another name is theirs now, and the role with it.
    if (owned.every((each) => each.endsWith(suffix))) {
      await admin.execute('Drop a staging role', `DROP ROLE ${identifier(name)}`);
    }
  }
}

/** Ends what earlier runs left running in the cluster, and only that: it is known by the name it gave itself. */
export async function endLeftoverSessions(admin: Session, applicationName: string): Promise<number> {
  const ended = await admin.query<{ pid: number }>(
    'End what earlier runs left running',
    `SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE starts_with(application_name, 'candig-backup/') AND application_name <> ${literal(applicationName)}`,
  );
  return ended.length;
}

/** Ends every other session of this run, and waits until they are gone: what they had sent on is done then, or never will be. */
export async function endOwnSessions(admin: Session, applicationName: string): Promise<void> {
  const others = `application_name = ${literal(applicationName)} AND pid <> pg_backend_pid()`;
  const deadline = performance.now() + 15_000;
  for (;;) {
    const left = await admin.query<{ pid: number }>(
      'End earlier sessions of this run',
      `SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${others}`,
    );
    if (left.length === 0) return;
    if (performance.now() > deadline) {
      throw new BackupError('swap-failed', `${left.length} earlier sessions of this run do not end`);
    }
    await delay(50);
  }
}
