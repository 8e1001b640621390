import { dockerExec } from '../../stack/docker.ts';
import type { Postgres } from './postgres.ts';

export interface ServerFacts {
  readonly version: string;
  /** E.g. 170011. */
  readonly versionNumber: number;
  /** How much the write-ahead log may take for a while. */
  readonly maxWalBytes: number;
  /** Free space where the databases lie; undefined if the container cannot tell. */
  readonly freeBytes: number | undefined;
}

export async function readServerFacts({ server, admin }: Postgres): Promise<ServerFacts> {
  const session = await admin();
  const [facts] = await session.query<{ version: string; versionNumber: number; maxWalBytes: number; folder: string }>(
    'Read the version of PostgreSQL',
    `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS "versionNumber",
      pg_size_bytes(current_setting('max_wal_size')) AS "maxWalBytes", current_setting('data_directory') AS folder`,
  );
  if (facts === undefined) throw new Error('A query without FROM gave no row');
  const df = dockerExec(server.containerId, ['df', '--output=avail', '--block-size=1', facts.folder]);
  const free = await server.remote.run(df, { timeoutMs: 15_000 }).catch(() => '');
  const freeBytes = /^\s*(\d+)\s*$/m.exec(free)?.[1];
  return { ...facts, freeBytes: freeBytes === undefined ? undefined : Number(freeBytes) };
}
