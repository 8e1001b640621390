import { randomBytes } from 'node:crypto';
import { openLocal } from '../../../src/remote/local.ts';
import type { Remote } from '../../../src/remote/remote.ts';
import { openPostgres, type Postgres } from '../../../src/sources/postgres/postgres.ts';
import { parseInspect } from '../../../src/stack/container.ts';
import { ensureDocker } from '../../stack/daemon.ts';
import { ensureImages, type PostgresMajor } from '../../stack/images.ts';
import { docker, run } from '../../stack/run.ts';
import { until } from '../../stack/until.ts';

export interface ServerOptions {
  /** Default 17. */
  readonly major?: PostgresMajor;
  /** The databases lie in memory, this much of it; gone when the container stops. Default 1 GiB; null: on a volume. */
  readonly memoryBytes?: number | null;
  /** Further settings of the server, `name=value`. */
  readonly settings?: readonly string[];
}

/** A real PostgreSQL in a container of its own, labelled as the only service of a compose project. */
export interface TestServer extends AsyncDisposable {
  readonly major: PostgresMajor;
  readonly project: string;
  /** Full id. */
  readonly container: string;
  readonly remote: Remote;
  /** Runs SQL as admin; gives unaligned rows, columns parted by `|`, without the final line break. */
  psql(database: string, sql: string): Promise<string>;
  /** Runs a command as root in the container. */
  exec(...command: string[]): Promise<string>;
  /** Opens it as our own code does, for a run with this id. */
  open(runId?: string): Promise<Postgres>;
  /** What it was told to do, if it was started with `log_statement=all`; a line each. */
  statements(): Promise<string[]>;
  /** Waits until it answers. */
  ready(): Promise<void>;
}

const dataFolder = '/var/lib/postgresql/data';

export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const { major = 17, memoryBytes = 1024 ** 3, settings = [] } = options;
  await ensureDocker();
  const { postgres: image } = await ensureImages(major);
  const project = `cbpg${randomBytes(4).toString('hex')}`;
  const label = (name: string, value: string) => ['--label', `com.docker.compose.${name}=${value}`];
  const container = await docker([
    'run',
    '--detach',
    '--init=false',
    `--name=${project}_postgres-db_1`,
    ...label('project', project),
    ...label('service', 'postgres-db'),
    '--shm-size=256m',
    ...(memoryBytes === null ? [] : ['--tmpfs', `${dataFolder}:rw,size=${memoryBytes}`]),
    '--env=POSTGRES_USER=admin',
    '--env=POSTGRES_DB=clinical',
    // Nobody logs in over the network; the socket asks for no password.
    '--env=POSTGRES_PASSWORD_FILE=/etc/hostname',
    image,
    'postgres',
    ...settings.flatMap((setting) => ['-c', setting]),
  ]);
  const remove = async (): Promise<void> => {
    await docker(['rm', '--force', '--volumes', container]);
  };
  const remote = openLocal();
  const ready = async (): Promise<void> =>
    await until('PostgreSQL', async () => {
      const psql = ['psql', '-XqAt', '-U', 'admin', '-d', 'postgres', '-c', 'SELECT NOT pg_is_in_recovery()'];
      return (await docker(['exec', container, ...psql])) === 't';
    });
  const server: TestServer = {
    major,
    project,
    container,
    remote,
    psql: async (database, sql) => {
      const psql = ['psql', '-XqAt', '-U', 'admin', '-d', database, '-v', 'ON_ERROR_STOP=1', '-f', '-'];
      return await docker(['exec', '-i', container, ...psql], { input: sql });
    },
    exec: async (...command) => await docker(['exec', container, ...command]),
    open: async (runId = `run-${randomBytes(4).toString('hex')}`) => {
      const [inspected] = parseInspect(await docker(['inspect', container]));
      if (inspected === undefined) throw new Error('docker inspect printed nothing');
      return await openPostgres(remote, inspected, runId);
    },
    statements: async () => {
      const logs = await run('sh', ['-c', 'docker logs "$1" 2>&1', 'sh', container]);
      return logs.split('\n').filter((line) => line.includes('statement:'));
    },
    ready,
    [Symbol.asyncDispose]: remove,
  };
  try {
    await ready();
    return server;
  } catch (error) {
    await remove();
    throw error;
  }
}
