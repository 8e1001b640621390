import { BackupError, isBackupError } from '../errors.ts';
import type { CallOptions } from '../remote/remote.ts';
import type { Container } from './container.ts';
import type { Runner } from './lock.ts';
import { findService, runDocker, type Stack } from './stack.ts';

/** What everything else needs before it, in the order in which it is started. */
const startFirst = ['fluentd', 'postgres-db', 'metadata-db', 'vault', 'vault-runner', 'redis'];
/**
 * What comes after everything else: opa-runner hands opa what it needs, so opa has to be there; candig-ingest resumes its
 * queue when it starts, so it comes after everything it writes to.
 */
const startLast = ['opa', 'opa-runner', 'candig-ingest'];

/** The containers, each once, in the order in which they are to be started. */
export function inStartOrder(containers: readonly Container[]): Container[] {
  const place = ({ service = '' }: Container): number => {
    const first = startFirst.indexOf(service);
    return first === -1 ? startFirst.length + startLast.indexOf(service) + 1 : first;
  };
  return containers
    .filter(({ id }, at) => containers.findIndex((other) => other.id === id) === at)
    .sort((a, b) => place(a) - place(b) || a.name.localeCompare(b.name));
}

/** The running containers of the project, in the order in which they are to be started should they all go down. */
export function runningOf(stack: Stack): Container[] {
  return inStartOrder(stack.containers.filter(({ state }) => state === 'running' || state === 'paused'));
}

/** The running containers of these services, as far as there are any. */
export function findRunning(stack: Stack, services: readonly string[]): Container[] {
  return stack.containers.filter(
    ({ service, state }) => service !== undefined && services.includes(service) && state === 'running',
  );
}

/** The running containers of the services that somebody named in the input `services`; `input-invalid` for one that is not there. */
export function findNamed(stack: Stack, services: readonly string[]): Container[] {
  for (const service of services) {
    if (findService(stack, service) !== undefined) continue;
    throw new BackupError(
      'input-invalid',
      `Input services names ${service}, which project ${stack.project} does not have`,
      {
        hint: `Services there: ${stack.containers.map(({ service: name }) => name ?? '').join(', ')}`,
      },
    );
  }
  return findRunning(stack, services);
}

/**
 * The running containers that may write to the databases: those that mount the same password file as the database
 * itself, `clients` (those with a session open, whatever project they are of), and candig-ingest. Never the database's
 * own container.
 */
export function findWriters(stack: Stack, database: Container, clients: readonly Container[]): Container[] {
  const passwordFile = database.env.POSTGRES_PASSWORD_FILE;
  const secret = database.mounts.find(({ destination }) => destination === passwordFile)?.source;
  const isWriter = (container: Container): boolean =>
    (secret !== undefined && container.mounts.some(({ source }) => source === secret)) ||
    (container.project === stack.project && container.service === 'candig-ingest');
  return [...stack.containers.filter(isWriter), ...clients].filter(
    ({ id, state }) => state === 'running' && id !== database.id,
  );
}

/** Refuses to go on if a container could not be started again after being stopped. */
export function requireStartable(stack: Stack, writers: readonly Container[]): void {
  const logsToFluentd = writers.filter(({ logDriver }) => logDriver === 'fluentd');
  if (logsToFluentd.length === 0) return;
  const fluentd = findService(stack, 'fluentd');
  if (fluentd === undefined || fluentd.state === 'running') return;
  throw new BackupError(
    'service-not-running',
    `${fluentd.name} is ${fluentd.state}: ${logsToFluentd[0]?.name} logs through it and could not be started again`,
    { hint: 'Start fluentd first; nothing was stopped' },
  );
}

/**
 * Stops containers, all at once, and waits until they are down. Ones that are down already are no error. `graceS`: how
 * long each may take to end by itself; else what it was made with, or Docker's 10 s.
 */
export async function stopContainers(
  host: Runner,
  ids: readonly string[],
  { graceS, ...options }: CallOptions & { readonly graceS?: number } = {},
): Promise<void> {
  if (ids.length === 0) return;
  const grace = graceS === undefined ? [] : ['--time', String(graceS)];
  await runDocker(host, 'Stop the services', ['stop', ...grace, ...ids], { timeoutMs: 120_000, ...options });
}

/**
 * Starts containers one after the other, in the order given; each gets a second try, and the others are started all the
 * same before `service-not-running` names those that stay down.
 */
export async function startContainers(host: Runner, ids: readonly string[], options: CallOptions = {}): Promise<void> {
  const failed: { readonly id: string; readonly error: unknown }[] = [];
  for (const id of ids) {
    const start = async () =>
      await runDocker(host, 'Start the services', ['start', id], { timeoutMs: 60_000, ...options });
    await start()
      .catch(start)
      .catch((error: unknown) => failed.push({ id, error }));
  }
  const [first] = failed;
  if (first === undefined) return;
  if (!isBackupError(first.error, 'command-failed')) throw first.error;
  const inspect = ['inspect', '--type', 'container', '--format', '{{.Name}}', ...failed.map(({ id }) => id)];
  const names = (await runDocker(host, 'Name the services', inspect, options)).trim().replaceAll('/', '');
  throw new BackupError('service-not-running', `${names.replaceAll('\n', ' and ')} cannot be started`, {
    hint: 'See docker logs, and whether fluentd runs',
    cause: first.error,
  });
}
