import { BackupError } from '../../errors.ts';
import { CommandError } from '../../remote/remote.ts';
import { shown } from '../../shown.ts';
import { translateDockerError } from '../../stack/docker.ts';

/**
 * What a failed psql, pg_dump or pg_restore means, as our own error. Their messages can hold patient rows, so they are
 * only matched against; out of them come at most the name of a relation or a version.
 */
export function translatePostgresError(error: unknown, what: string, hostName: string): unknown {
  const translated = translateDockerError(error, what, hostName);
  if (!(translated instanceof CommandError)) return translated;
  const text = translated.stderrTail;
  const say = (
    code: 'database-missing' | 'database-unusable' | 'database-lock-held' | 'version-mismatch' | 'stage-failed',
    why: string,
    hint?: string,
  ) => new BackupError(code, `${what}: ${why}`, { cause: error, ...(hint === undefined ? {} : { hint }) });

  const versions = /server version: ([0-9.]+)[^;]*; pg_dump version: ([0-9.]+)/.exec(text);
  if (versions !== null) {
    return say(
      'version-mismatch',
      `the server is ${versions[1]}, its container's pg_dump ${versions[2]}, which is older`,
    );
  }
  if (/for option -Z\/--compress|this build does not support compression/.test(text)) {
    return say(
      'version-mismatch',
      "the container's pg_dump does not know zstd: it is older than the server, or built without",
    );
  }
  const archive = /unsupported version \(([0-9.]+)\) in file header/.exec(text);
  if (archive !== null) {
    return say(
      'version-mismatch',
      `the dump has archive version ${archive[1]}, newer than this PostgreSQL reads`,
      'Restore onto the PostgreSQL version it was made with, or a newer one',
    );
  }
  // pg_dump's --lock-wait-timeout is a timeout of statements, and it locks all tables in one.
  if (/canceling statement due to (lock|statement) timeout[\s\S]*LOCK TABLE/.test(text)) {
    const relation = /LOCK TABLE ((?:"(?:[^"]|"")*"|[A-Za-z0-9_$]+)(?:\.(?:"(?:[^"]|"")*"|[A-Za-z0-9_$]+))?) IN /.exec(
      text,
    );
    return say(
      'database-lock-held',
      relation === null ? 'another session holds a lock on a table' : `another session holds a lock on ${relation[1]}`,
      'Wait until the migration or ingest that holds it is done, then run again',
    );
  }
  if (/database "[^"]*" does not exist/.test(text)) return say('database-missing', 'there is no such database');
  if (/is not currently accepting connections/.test(text)) {
    return say('database-unusable', 'the database does not accept connections');
  }
  if (/the database system is (starting up|shutting down|in recovery mode|not yet accepting connections)/.test(text)) {
    return say('database-unusable', 'PostgreSQL is starting, stopping or recovering', 'Wait a minute and run again');
  }
  if (/role "[^"]*" does not exist|authentication failed|no pg_hba.conf entry/.test(text)) {
    return say('database-unusable', "PostgreSQL did not let us in over its container's own socket");
  }
  if (/No space left on device|could not extend file/.test(text)) {
    return new BackupError('disk-full', `${what}: the disk of the database is full`, { cause: error });
  }
  if (
    /terminating connection due to administrator command|server closed the connection unexpectedly|connection to server was lost/.test(
      text,
    )
  ) {
    return new BackupError('dump-ended', `${what}: PostgreSQL ended our session before it was done`, { cause: error });
  }
  // `TABLE DATA donor admin`: kind, name and owner, never a value.
  const entry = /^pg_restore: from TOC entry \d+; \d+ \d+ ([^\n]+)/m.exec(text)?.[1];
  if (entry !== undefined) return say('stage-failed', `PostgreSQL refused ${shown(entry)} of the dump`);
  return translated;
}
