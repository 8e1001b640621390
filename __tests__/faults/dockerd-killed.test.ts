import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { newRunId } from '../../src/operations/context.ts';
import { recover } from '../../src/operations/recover.ts';
import { enterHost } from '../../src/operations/site-access.ts';
import { openLocal } from '../../src/remote/local.ts';
import type { Remote } from '../../src/remote/remote.ts';
import { openVaultApi } from '../../src/sources/vault/api.ts';
import { vaultPart } from '../../src/sources/vault/dump.ts';
import { parseVaultKeys, unseal } from '../../src/sources/vault/keys.ts';
import { base } from '../stack/debian.ts';
import { docker } from '../stack/run.ts';
import { until } from '../stack/until.ts';
import { ensureVault } from '../stack/vault-image.ts';
import { type OwnDockerd, startOwnDockerd } from './own-dockerd.ts';
import { type Moment, tapMoments } from './tapped-remote.ts';

const project = 'cbdockerd';
/** In the order in which they are to be started. */
const services = ['fluentd', 'vault', 'katsu', 'candig-ingest'] as const;

let folder: string;
let dockerd: OwnDockerd;
let remote: Remote;
const ids = new Map<string, string>();
const context = { log: silentLog, signal: new AbortController().signal, now: () => new Date() };
const tried: string[] = [];

const config = JSON.stringify({
  storage: { file: { path: '/vault/data' } },
  listener: { tcp: { address: '127.0.0.1:8200', tls_disable: true } },
  disable_mlock: true,
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'candig-dockerd-'));
  dockerd = await startOwnDockerd(join(folder, 'docker'));
  // Small, so that it is soon taken over; Vault's program, which needs nothing else, is mounted.
  const image = await base('bookworm', () => {});
  await dockerd.load(image);
  const bin = join(folder, 'bin');
  await mkdir(bin);
  await docker([
    'run',
    '--rm',
    '--network=none',
    '--entrypoint=cp',
    `--volume=${folder}:/out`,
    await ensureVault(),
    '/bin/vault',
    '/out/vault',
  ]);
  for (const service of services) {
    const labels = { project, service };
    const id = await dockerd.docker(
      ...[
        'create',
        '--network=none',
        '--stop-signal=KILL',
        `--name=${project}_${service}_1`,
        `--volume=${folder}/vault:/bin/vault:ro`,
      ],
      ...Object.entries(labels).map(([name, value]) => `--label=com.docker.compose.${name}=${value}`),
      ...(service === 'vault' ? ['--volume=/vault'] : []),
      ...[
        image,
        ...(service === 'vault' ? ['vault', 'server', '-config=/vault/config/vault.json'] : ['sleep', '100000']),
      ],
    );
    ids.set(service, id);
  }
  const vault = idOf('vault');
  await writeFile(join(folder, 'vault.json'), config);
  const fill = 'mkdir -p /vault/data /vault/config && cp /in/vault.json /vault/config/';
  await dockerd.docker(
    'run',
    '--rm',
    '--network=none',
    `--volumes-from=${vault}`,
    `--volume=${folder}:/in`,
    image,
    'sh',
    '-c',
    fill,
  );
  for (const service of services) await dockerd.docker('start', idOf(service));
  // Copying takes long enough that a test can come in between.
  const slow = '#!/bin/sh\ncase "$*" in *"/spool/vault.tar --exclude"*) sleep 1 ;; esac\nexec /usr/bin/docker "$@"\n';
  await writeFile(join(bin, 'docker'), slow);
  await chmod(join(bin, 'docker'), 0o755);
  const home = join(folder, 'home');
  await mkdir(home);
  remote = openLocal({ PATH: `${bin}:${process.env.PATH}`, HOME: home, DOCKER_HOST: dockerd.host });
  await using connection = openVaultApi(remote, vault);
  await until('vault', async () => (await connection.ask('Wait', 'GET', 'sys/seal-status')).status === 200);
  const { body } = await connection.ask('Initialise', 'PUT', 'sys/init', {
    body: { secret_shares: 5, secret_threshold: 3 },
  });
  const keysText = `keys: \n${(body.keys_base64 as string[]).join('\n')}\nroot: \n${String(body.root_token)}\n`;
  await remote.run(['docker', 'exec', '-i', vault, 'sh', '-c', 'cat > /vault/config/keys.txt'], { input: keysText });
  await unseal(connection, parseVaultKeys(keysText));
});
afterAll(async () => {
  console.log(`dockerd killed at ${tried.length} moments:\n${tried.join('\n')}`);
  await remote?.[Symbol.asyncDispose]();
  await dockerd?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const idOf = (service: string): string => ids.get(service) ?? '';
const inspect = async (format: string, service: string) =>
  await dockerd.docker('inspect', `--format=${format}`, idOf(service));

async function isUnsealed(): Promise<boolean> {
  await dockerd.docker('exec', '--env=VAULT_ADDR=http://127.0.0.1:8200', idOf('vault'), 'vault', 'status');
  return true;
}

/** A copy of Vault as a backup takes it, read to its end. */
async function copy(through: Remote, between: () => Promise<void>): Promise<number> {
  const runId = newRunId(context);
  await using access = await enterHost({ remote: through, project }, 'backup', runId, context, 40_000);
  const site = { remote: through, project, runId, fenced: access.fenced, stack: access.stack };
  await using dump = await vaultPart(site).begin({ signal: context.signal });
  await between();
  return (await buffer(dump.content)).length;
}

const isAt = (edge: Moment['edge'], text: string) => (moment: Moment) =>
  moment.edge === edge && moment.label.includes(text);
const cases: readonly (readonly [what: string, at: ((moment: Moment) => boolean) | 'frozen' | 'spooled'])[] = [
  ['the journal was written', isAt('after', 'sleep "$pause" done')],
  ['the container for the copy was made', isAt('after', ' 43200')],
  ['Vault was about to be frozen', isAt('before', '/spool/vault.tar --exclude')],
  ['Vault was frozen', 'frozen'],
  ['Vault was frozen, a second time', 'frozen'],
  ['Vault was thawed again', isAt('after', '/spool/vault.tar --exclude')],
  ['the copy was about to be read', 'spooled'],
];

test.each(cases)(
  'dockerd dies when %s, and the guard starts what ran once it is back',
  { timeout: 240_000 },
  async (what, at) => {
    await until('Vault', isUnsealed);
    let died: Promise<void> | undefined;
    const die = async (): Promise<void> => {
      died ??= dockerd.kill();
      await died;
    };
    const through = tapMoments(remote, async (moment) => {
      if (died === undefined && typeof at === 'function' && at(moment)) await die();
    });
    const ended = copy(through, async () => {
      if (at === 'spooled') await die();
    }).then(
      () => 'done',
      (error: unknown) => (error as { code?: string }).code ?? String(error),
    );
    if (at === 'frozen') {
      await until('Vault to be frozen', async () => (await inspect('{{.State.Status}}', 'vault')) === 'paused');
      await die();
    }
    const code = await ended;
    expect(died).toBeDefined();
    await dockerd.start();
    const fromMs = performance.now();
    await until('everything that ran', async () => {
      for (const service of services) if ((await inspect('{{.State.Status}}', service)) !== 'running') return false;
      return await isUnsealed();
    });
    tried.push(`${what}: ${((performance.now() - fromMs) / 1000).toFixed(1)} s after its return; the run said ${code}`);
    const started: string[] = [];
    for (const service of services) started.push(await inspect('{{.State.StartedAt}}', service));
    expect(started).toEqual([...started].sort());
    const healed = await recover({ remote, project }, context);
    expect(healed).toContain(`unsealed ${project}_vault_1`);
    expect(await dockerd.docker('ps', '--all', '--quiet', `--filter=label=candig-backup.project=${project}`)).toBe('');
    expect(await copy(remote, async () => {})).toBeGreaterThan(10_000);
  },
);
