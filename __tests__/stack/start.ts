import { docker } from './run.ts';
import type { ContainerName, ServiceName } from './services.ts';
import type { State } from './state.ts';
import { until } from './until.ts';

async function answers(url: string): Promise<boolean> {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.ok;
}

/** What is put into a site while it starts. */
export interface Fillings {
  databases(): Promise<void>;
  /** Undefined: there is no Vault. */
  readonly vault: (() => Promise<void>) | undefined;
}

/**
 * Starts the containers of a new stack in their order, and fills them on the way; resolves once all its services answer and
 * query can tell what a user may see.
 */
export async function startServices(state: State, fill: Fillings): Promise<void> {
  const { containers, ports } = state;
  const start = (...names: ContainerName[]) => docker(['start', ...names.map((name) => containers[name])]);
  const logged = (name: ServiceName, text: string) =>
    until(name, async () => (await docker(['logs', containers[name]])).includes(text));
  const answering = (name: ServiceName, path: string) =>
    until(name, () => answers(`http://127.0.0.1:${ports[name]}${path}`));

  await start('fluentd');
  await logged('fluentd', 'listening');
  const fillDatabases = async () => {
    await start('postgres-db', 'redis', 'sshd');
    await until('postgres-db', async () => {
      await docker(['exec', containers['postgres-db'], 'pg_isready', '-q', '-U', 'admin']);
      return true;
    });
    await fill.databases();
  };
  await Promise.all([fillDatabases(), fill.vault?.()]);
  await logged('redis', 'Ready to accept connections');
  await start('katsu', 'htsget', 'candig-ingest');
  const authorization = async () => {
    await start('opa', 'query', 'federation');
    await answering('opa', '/v1/data/service/service-info');
    await start('opa-runner');
    await answering('federation', '/federation/v1/service-info');
    await answering('query', '/lookup/nobody');
  };
  await Promise.all([
    answering('katsu', '/v3/service-info'),
    answering('htsget', '/ga4gh/drs/v1/service-info'),
    answering('candig-ingest', '/service-info'),
    until('sshd', async () => (await docker(['exec', containers.sshd, 'pgrep', '-x', 'sshd'])) !== ''),
    fill.vault && authorization(),
  ]);
}
