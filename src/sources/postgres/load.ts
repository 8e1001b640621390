import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { BackupError, isBackupError } from '../../errors.ts';
import { CommandError, type Remote } from '../../remote/remote.ts';
import { dockerExec } from '../../stack/docker.ts';
import type { Server } from './session.ts';
import { translatePostgresError } from './translate.ts';

/** Reads an archive's table of contents as `pg_restore --list` prints it. Takes only the head of `archive`. */
export async function readTableOfContents(server: Server, archive: Readable, signal: AbortSignal): Promise<string> {
  const pgRestore = server.remote.open(
    dockerExec(server.containerId, ['pg_restore', '--list'], { interactive: true }),
    { signal },
  );
  // pg_restore stops reading once it has the list, so a broken pipe here says nothing; its exit status does.
  const feeding = pipeline(archive, pgRestore, { end: true }).catch(() => {});
  const listing = await text(pgRestore.on('error', () => {})).catch(() => '');
  try {
    await pgRestore.ended;
  } catch (error) {
    const translated = translatePostgresError(error, 'Read the table of contents of the dump', server.remote.name);
    if (!isBackupError(translated, 'command-failed')) throw translated;
    throw new BackupError('stage-failed', 'The dump has no table of contents that pg_restore can read', {
      cause: error,
    });
  } finally {
    archive.destroy();
    await feeding;
  }
  return listing;
}

/**
 * Has a pg_restore on `machine` read an archive to its end, writing nowhere: a list of contents alone would not notice
 * that the rest is missing. `command-missing` if there is no pg_restore.
 */
export async function readWholeArchive(
  machine: Remote,
  what: string,
  archive: Readable,
  signal: AbortSignal,
): Promise<void> {
  try {
    await machine.write(['pg_restore', '--file=/dev/null'], archive, { signal });
  } catch (error) {
    if (isBackupError(error, 'command-missing')) throw error;
    throw translatePostgresError(error, `Read ${what}`, machine.name);
  }
}

export interface LoadOptions {
  readonly database: string;
  /** A role without superuser rights that owns `database`. */
  readonly role: string;
  /** For `--use-list`. */
  readonly list: string;
  readonly signal: AbortSignal;
}

/**
 * Loads an archive into an empty database as `role`, stopping at the first error. The list goes ahead of the archive on
 * the same standard input, so that no file is needed in the container.
 */
export async function loadArchive(server: Server, archive: Readable, options: LoadOptions): Promise<void> {
  const list = Buffer.from(options.list);
  const script = [
    'list=$(head --bytes="$1"; echo .)',
    'shift',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own
    'exec pg_restore --use-list=<(printf %s "${list%.}") "$@"',
  ].join('; ');
  const restore = [
    '--exit-on-error',
    // Or it does not say which entry of the archive it was at.
    '--verbose',
    '--no-owner',
    '--no-password',
    `--username=${options.role}`,
    `--dbname=${options.database}`,
  ];
  const input = new PassThrough();
  input.write(list);
  const feeding = pipeline(archive, input);
  // A copy that is not whole is thrown away, so it need not reach the disk with every statement; the swap flushes it.
  const env = {
    PGAPPNAME: server.applicationName,
    PGOPTIONS: '-c synchronous_commit=off -c maintenance_work_mem=256MB -c statement_timeout=0 -c lock_timeout=0',
  };
  const command = dockerExec(server.containerId, ['bash', '-c', script, 'bash', String(list.length), ...restore], {
    interactive: true,
    env,
  });
  try {
    await Promise.all([server.remote.write(command, input, { signal: options.signal }), feeding]);
  } catch (error) {
    archive.destroy();
    // What went wrong with the archive itself explains a pg_restore that ended early, not the other way round.
    const [cause] = await Promise.allSettled([feeding]);
    const reason = cause.status === 'rejected' && isBackupError(cause.reason) ? cause.reason : error;
    const translated = translatePostgresError(reason, `Load ${options.database}`, server.remote.name);
    if (!isBackupError(translated, 'command-failed')) throw translated;
    throw new BackupError('stage-failed', `Load ${options.database}: ${translated.message}`, { cause: reason });
  }
}

/** A plain SQL script of an archive, by a pg_restore on `machine`. Ends only if all of the archive was read. */
export function archiveToSql(machine: Remote, archive: Readable, signal: AbortSignal): Readable {
  const pgRestore = machine.open(['pg_restore', '--file=-'], { signal });
  let fed: unknown;
  const feeding = pipeline(archive, pgRestore, { end: true }).catch((error: unknown) => {
    fed = error;
  });
  async function* lines(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of pgRestore as AsyncIterable<Uint8Array>) yield chunk;
      await pgRestore.ended;
    } catch (error) {
      await feeding;
      // What is wrong with the archive explains more than the program that was left without it.
      const isOfArchive = isBackupError(fed) && !(fed instanceof CommandError);
      throw isOfArchive ? fed : translatePostgresError(error, 'Turn a dump into SQL', machine.name);
    }
    await feeding;
    if (isBackupError(fed)) throw fed;
  }
  return Readable.from(lines());
}
