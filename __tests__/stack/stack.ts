import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createHost, createService, type Ports, type StackPlan, stackLabel, volumeNames } from './create.ts';
import { ensureDocker } from './daemon.ts';
import { type StackFolder, stackFolder } from './folder.ts';
import { ensureImages, type Images, type PostgresMajor } from './images.ts';
import { writeCheckout, writeKeys } from './keys.ts';
import { reservePorts } from './ports.ts';
import { removeStack } from './remove.ts';
import { docker } from './run.ts';
import { seed } from './seed.ts';
import { type ContainerName, type ServiceName, serviceNames } from './services.ts';
import { until } from './until.ts';

export interface StackOptions {
  /** Compose project name. Default: a random one, so that stacks live side by side. */
  readonly project?: string;
  /** Default 17. */
  readonly postgres?: PostgresMajor;
  /** Variant rows in `genomic`, about 250 bytes each. Default 20,000. */
  readonly rows?: number;
  /** Donors in `clinical`, about 8 kB each. Default one for 200 variant rows, at least 100. */
  readonly donors?: number;
  /** False: an empty site, as it is after its first build. Default true. */
  readonly seed?: boolean;
  readonly say?: (line: string) => void;
}

/** A throw-away CanDIG site and its host, reached over SSH on loopback. Disposing of it removes it with all its data. */
export interface TestStack extends AsyncDisposable {
  readonly project: string;
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly user: 'deploy';
  readonly privateKey: string;
  readonly privateKeyFile: string;
  readonly knownHosts: string;
  readonly knownHostsFile: string;
  /** The site's checkout, at the same path on the host and outside. */
  readonly checkout: string;
  /** Full container ids. */
  readonly containers: Readonly<Record<ContainerName, string>>;
  /** Host ports on 127.0.0.1; the same after a container's restart. */
  readonly ports: Ports;
  readonly images: Images;
  readonly katsuUrl: string;
  readonly htsgetUrl: string;
  /** Runs SQL as admin; gives unaligned rows, columns parted by `|`, without the final line break. */
  psql(database: string, sql: string): Promise<string>;
  /** Runs a docker command outside the host; gives its standard output. */
  docker(...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

interface State {
  readonly project: string;
  readonly ports: Ports;
  readonly images: Images;
  readonly containers: Readonly<Record<ContainerName, string>>;
}

async function openStack(folder: StackFolder, state: State): Promise<TestStack> {
  const stop = () => removeStack(state.project);
  return {
    ...state,
    host: '127.0.0.1',
    port: state.ports.sshd,
    user: 'deploy',
    privateKey: await readFile(folder.privateKeyFile, 'utf8'),
    privateKeyFile: folder.privateKeyFile,
    knownHosts: await readFile(folder.knownHostsFile, 'utf8'),
    knownHostsFile: folder.knownHostsFile,
    checkout: folder.checkout,
    katsuUrl: `http://127.0.0.1:${state.ports.katsu}`,
    htsgetUrl: `http://127.0.0.1:${state.ports.htsget}`,
    psql: (database, sql) => {
      const psql = ['psql', '-X', '-q', '-A', '-t', '-U', 'admin', '-d', database, '-v', 'ON_ERROR_STOP=1', '-f', '-'];
      return docker(['exec', '-i', state.containers['postgres-db'], ...psql], { input: sql });
    },
    docker: (...args) => docker(args),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** The stack called `project` if an earlier `startStack`, of this process or another, made one. */
export async function findStack(project: string): Promise<TestStack | undefined> {
  const folder = stackFolder(project);
  const state = await readFile(folder.stateFile, 'utf8').catch(() => undefined);
  return state === undefined ? undefined : openStack(folder, JSON.parse(state) as State);
}

async function createContainers(plan: StackPlan): Promise<State['containers']> {
  const { project } = plan;
  const label = ['--label', stackLabel(project)];
  await docker(['network', 'create', ...label, `${project}_default`]);
  for (const volume of volumeNames(project)) await docker(['volume', 'create', ...label, volume]);
  const names = [...serviceNames, 'sshd'] as const;
  // All have ended before the first failure is told: what is made after the clearing up would stay.
  const made = await Promise.allSettled(
    names.map((name) => docker(name === 'sshd' ? createHost(plan) : createService(plan, name))),
  );
  const ids = made.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
  return Object.fromEntries(names.map((name, index) => [name, ids[index]])) as Record<ContainerName, string>;
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.ok;
}

async function startServices(state: State, fill: (postgres: string) => Promise<void>): Promise<void> {
  const { containers, ports } = state;
  const start = (...names: ContainerName[]) => docker(['start', ...names.map((name) => containers[name])]);
  const logged = (name: ServiceName, text: string) =>
    until(name, async () => (await docker(['logs', containers[name]])).includes(text));

  await start('fluentd');
  await logged('fluentd', 'listening');
  await start('postgres-db', 'redis', 'sshd');
  await until('postgres-db', async () => {
    await docker(['exec', containers['postgres-db'], 'pg_isready', '-q', '-U', 'admin']);
    return true;
  });
  await fill(containers['postgres-db']);
  await logged('redis', 'Ready to accept connections');
  await start('katsu', 'htsget', 'candig-ingest');
  await Promise.all([
    until('katsu', () => answers(`http://127.0.0.1:${ports.katsu}/v3/service-info`)),
    until('htsget', () => answers(`http://127.0.0.1:${ports.htsget}/ga4gh/drs/v1/service-info`)),
    until('candig-ingest', () => answers(`http://127.0.0.1:${ports['candig-ingest']}/service-info`)),
    until('sshd', async () => (await docker(['exec', containers.sshd, 'pgrep', '-x', 'sshd'])) !== ''),
  ]);
}

/**
 * Brings up a CanDIG site with all its services well, in place of one of the same name. Installs and builds what is
 * missing (`ensureDocker`, `ensureImages`); what was begun is removed again if it fails.
 */
export async function startStack(options: StackOptions = {}): Promise<TestStack> {
  const { project = `cb${randomBytes(4).toString('hex')}`, postgres = 17, rows = 20_000, say = () => {} } = options;
  const donors = options.donors ?? Math.max(100, Math.round(rows / 200));
  const folder = stackFolder(project);
  await ensureDocker(say);
  const images = await ensureImages(postgres, say);
  await removeStack(project);
  try {
    await mkdir(folder.path, { recursive: true, mode: 0o700 });
    const names = [...serviceNames, 'sshd'] as const;
    const numbers = await reservePorts(names.length, project);
    const ports = Object.fromEntries(names.map((name, index) => [name, numbers[index]])) as Record<
      ContainerName,
      number
    >;
    await writeKeys(folder, ports.sshd);
    await writeCheckout(folder);
    const containers = await createContainers({ project, folder, images, ports });
    const state: State = { project, ports, images, containers };
    say('Starting the services');
    await startServices(state, async (container) => {
      if (options.seed === false) return;
      say(`Making ${donors} donors and ${rows} variants`);
      await seed(container, { rows, donors });
    });
    // Last, so that a stack that can be found is a whole one.
    await writeFile(folder.stateFile, JSON.stringify(state, undefined, 2));
    return await openStack(folder, state);
  } catch (error) {
    await removeStack(project);
    throw error;
  }
}
