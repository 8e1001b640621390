import { PassThrough, pipeline, type Readable } from 'node:stream';
import { BackupError } from '../../errors.ts';
import type { CallOptions } from '../../remote/remote.ts';
import { dockerExec } from '../../stack/docker.ts';
import type { Dump, Part } from '../source.ts';
import { readContents, readSequences, type SequenceValue } from './contents.ts';
import { type Contents, type DatabaseEvidence, databaseEvidenceSchema } from './evidence.ts';
import { readProperties, readRequirements } from './properties.ts';
import { openSession, type Server, type Session } from './session.ts';
import { translatePostgresError } from './translate.ts';

export interface DumpOptions {
  /** How long pg_dump waits for a lock that a migration or an ingest holds. Default: a minute. */
  readonly lockWaitMs?: number;
}

/** pg_dump is ended inside its container after this, though nobody may be left to stop it. */
const longestDump = '12h';

/** `database` as a part of a backup: a custom-format dump, and evidence from the same snapshot. */
export function databasePart(server: Server, database: string, { lockWaitMs = 60_000 }: DumpOptions = {}): Part {
  return {
    name: `${database}.dump`,
    begin: async ({ signal }) => await beginDump(server, database, lockWaitMs, signal),
  };
}

async function beginDump(server: Server, database: string, lockWaitMs: number, signal: AbortSignal): Promise<Dump> {
  const session = await openSession(server, database, { signal });
  try {
    const [, [origin], before] = await Promise.all([
      session.execute('Begin a snapshot', 'BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY'),
      session.query<Origin>(
        'Begin a snapshot',
        `SELECT pg_export_snapshot() AS snapshot, to_char(now(), 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "snapshotAt",
           current_setting('server_version') AS "serverVersion", current_setting('server_version_num')::int AS "serverVersionNumber",
           pg_database_size(current_database()) AS "sizeBytes"`,
      ),
      // Before pg_dump begins, and again when it is done: what it reads lies between.
      readSequences(session),
    ]);
    if (origin === undefined) throw new Error('A query without FROM gave no row');
    const evidence = gatherEvidence(database, session, origin);
    const warnings: string[] = [];
    const content = readDump(server, database, origin, {
      lockWaitMs,
      signal,
      onStderr: (tail) => warnings.push(...tail.split('\n').filter((line) => line !== '')),
    });
    // A dump without evidence is none; and with its transaction goes the snapshot, of which pg_dump would complain instead.
    evidence.catch((error: unknown) => content.destroy(asError(error)));
    return {
      content,
      evidence: async () => {
        const gathered = await evidence;
        const [after] = await Promise.all([readSequences(session), refuseRewritten(session, database)]);
        const contents = { ...gathered.contents, sequences: rangesOf(before, after) };
        return { ...gathered, contents, warnings };
      },
      [Symbol.asyncDispose]: async () => await session[Symbol.asyncDispose](),
    };
  } catch (error) {
    await session[Symbol.asyncDispose]();
    throw error;
  }
}

interface Origin {
  readonly snapshot: string;
  readonly snapshotAt: string;
  readonly serverVersion: string;
  readonly serverVersionNumber: number;
  readonly sizeBytes: number;
}

async function gatherEvidence(database: string, session: Session, origin: Origin): Promise<DatabaseEvidence> {
  const { snapshot: _, ...about } = origin;
  const [properties, requirements, contents] = await Promise.all([
    readProperties(session, database),
    readRequirements(session),
    readContents(session),
  ]);
  const evidence = databaseEvidenceSchema.safeParse({
    name: database,
    ...about,
    algorithm: 'sum-of-row-hashes/2',
    properties,
    requirements,
    contents,
    warnings: [],
  });
  if (evidence.success) return evidence.data;
  // The catalogs follow what happens meanwhile, also inside a snapshot: an object dropped now has no name any more.
  throw new BackupError('dump-ended', `Dump ${database}: its objects changed while they were listed`);
}

interface PgDumpCall extends CallOptions {
  readonly lockWaitMs: number;
}

function readDump(server: Server, database: string, origin: Origin, options: PgDumpCall): Readable {
  const { lockWaitMs, ...call } = options;
  // zstd:1 costs least of all there is; PostgreSQL 15 has only gzip. A pg_dump built without zstd says so and exits 1.
  const compression = origin.serverVersionNumber >= 160000 ? 'zstd:1' : '1';
  const dump = [
    'pg_dump',
    '--format=custom',
    `--compress=${compression}`,
    `--snapshot=${origin.snapshot}`,
    `--lock-wait-timeout=${lockWaitMs}`,
    '--no-password',
    `--username=${server.user}`,
    `--dbname=${database}`,
  ];
  // pg_dump writes small pieces, and each costs at every step of the way through Docker and SSH: `dd` gathers them into
  // large ones. Measured: a third less time than without, half the processor time of `cat`. pipefail keeps pg_dump's status.
  const script = 'set -o pipefail; timeout --kill-after=10 "$@" | dd bs=1M iflag=fullblock status=none';
  const output = server.remote.read(
    dockerExec(server.containerId, ['bash', '-c', script, 'bash', longestDump, ...dump], {
      env: { PGAPPNAME: server.applicationName },
    }),
    call,
  );
  const content = new PassThrough({
    destroy(error, done) {
      done(error === null ? null : asError(translatePostgresError(error, `Dump ${database}`, server.remote.name)));
    },
  });
  pipeline(output, content, () => {});
  return content;
}

function asError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}

/**
 * A table that was emptied by TRUNCATE reads as empty in every older snapshot. Whether pg_dump and we saw it before or
 * after cannot be told, so such a dump is made again.
 */
async function refuseRewritten(session: Session, database: string): Promise<void> {
  // The catalog as of the snapshot on one side, as of now on the other.
  const rewritten = await session.query<{ name: string }>(
    'Look for rewritten tables',
    `SELECT oid::regclass::text AS name FROM pg_class
      WHERE relkind = 'r' AND relpersistence <> 't' AND relfilenode <> 0 AND pg_relation_filenode(oid) IS DISTINCT FROM relfilenode`,
  );
  if (rewritten.length === 0) return;
  throw new BackupError('dump-ended', `Dump ${database}: a table was emptied or rewritten while it was dumped`);
}

function rangesOf(before: readonly SequenceValue[], after: readonly SequenceValue[]): Contents['sequences'] {
  const key = ({ schema, name }: SequenceValue): string => JSON.stringify([schema, name]);
  const later = new Map(after.map((sequence) => [key(sequence), sequence.value]));
  return before.map((sequence) => {
    const { schema, name, value } = sequence;
    const other = later.get(key(sequence)) ?? value;
    const [low, high] = BigInt(value) < BigInt(other) ? [value, other] : [other, value];
    return { schema, name, low, high };
  });
}
