import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { BackupId } from '../../src/backups/ids.ts';
import { parseSite } from '../../src/backups/site.ts';
import { type BackupError, isBackupError } from '../../src/errors.ts';
import { type Log, silentLog } from '../../src/log.ts';
import { type BackupReport, backup } from '../../src/operations/backup.ts';
import type { Context } from '../../src/operations/context.ts';
import { type ForgetPreviousReport, forgetPrevious } from '../../src/operations/forget-previous.ts';
import { recover } from '../../src/operations/recover.ts';
import { type RestoreReport, type RestoreRequest, restore } from '../../src/operations/restore.ts';
import { type RollbackReport, rollback } from '../../src/operations/rollback.ts';
import { type VerifyReport, verify } from '../../src/operations/verify.ts';
import { openLocal } from '../../src/remote/local.ts';
import type { Remote } from '../../src/remote/remote.ts';
import { generateIdentity, parseIdentities } from '../../src/seal/identities.ts';
import { generateSigningKey, parsePublicKey, readSigningKey } from '../../src/seal/minisign.ts';
import { parseRecipients } from '../../src/seal/recipients.ts';
import { openDirectory } from '../../src/stores/directory.ts';
import type { Store } from '../../src/stores/store.ts';
import { type ServerOptions, startServer, type TestServer } from '../sources/postgres/server.ts';
import { docker } from '../stack/run.ts';

/** What a test may put in the place of what a run is given otherwise. */
export interface Instead {
  readonly remote?: Remote;
  readonly store?: Store;
  readonly log?: Log;
  readonly signal?: AbortSignal;
  readonly now?: Date;
}

/** A site that is a PostgreSQL with `clinical` and `genomic`, worked on from its own host; and a folder for backups. */
export interface BareSite extends AsyncDisposable {
  readonly server: TestServer;
  readonly remote: Remote;
  /** The home folder of whoever works on it. */
  readonly home: string;
  backUp(instead?: Instead, databases?: readonly string[]): Promise<BackupReport>;
  restore(instead?: Instead, request?: Partial<RestoreRequest>): Promise<RestoreReport>;
  rollBack(instead?: Instead): Promise<RollbackReport>;
  forgetPrevious(): Promise<ForgetPreviousReport>;
  recover(instead?: Instead): Promise<readonly string[]>;
  verify(id: string, store?: Store): Promise<VerifyReport>;
  /** One more container of the project, as `service`; not started. Gives its full id. */
  create(service: string, ...command: string[]): Promise<string>;
  /** Writes `value` into both databases. */
  stamp(value: string): Promise<void>;
  /** What is written in both; with both values if they differ. */
  stamps(): Promise<string>;
  /** Every database with its OID, whether it accepts connections, and its comment; a line each. */
  databases(): Promise<string>;
}

export async function openBareSite(options: ServerOptions = {}): Promise<BareSite> {
  await using opened = new AsyncDisposableStack();
  const home = await mkdtemp(join(tmpdir(), 'candig-bare-'));
  opened.defer(async () => await rm(home, { recursive: true, force: true }));
  const server = opened.use(await startServer(options));
  const { project } = server;
  const label = (name: string, value: string) => `--label=com.docker.compose.${name}=${value}`;
  opened.defer(async () => {
    const left = await docker(['ps', '--all', '--quiet', `--filter=label=com.docker.compose.project=${project}`]);
    if (left !== '') await docker(['rm', '--force', '--volumes', ...left.split('\n')]);
  });
  await server.psql('postgres', 'CREATE DATABASE genomic');
  const remote = opened.use(openLocal({ ...process.env, HOME: home }));
  const storeFolder = join(home, 'store');
  await mkdir(storeFolder);
  const kept = await openDirectory(storeFolder);
  const site = parseSite('bare-site');
  const signing = generateSigningKey();
  const sealing = generateIdentity('x25519');
  const publicKey = parsePublicKey(signing.public);
  const identities = parseIdentities(sealing.identity);
  const hostOf = (instead: Instead = {}) => ({ remote: instead.remote ?? remote, project });
  const context = ({ log = silentLog, signal = new AbortController().signal, now }: Instead = {}): Context => ({
    log,
    signal,
    now: () => now ?? new Date(),
  });
  const held = opened.move();
  return {
    server,
    remote,
    home,
    backUp: async (instead, databases = []) =>
      await backup(
        {
          site,
          host: hostOf(instead),
          include: ['databases'],
          databases,
          vaultKeysRecipients: undefined,
          recipients: parseRecipients([sealing.recipient]),
          signingKey: readSigningKey(signing.secret),
          stores: [instead?.store ?? kept],
        },
        context(instead),
      ),
    restore: async (instead, request) =>
      await restore(
        {
          site,
          stores: [instead?.store ?? kept],
          publicKey,
          identities,
          host: hostOf(instead),
          backup: 'latest',
          databases: [],
          include: ['databases'],
          authorization: undefined,
          authorizationStores: [],
          acceptReturned: 0,
          services: [],
          confirm: site,
          acceptSchemaChange: true,
          allowedExtensions: new Set(),
          ...request,
        },
        context(instead),
      ),
    rollBack: async (instead) =>
      await rollback({ site, host: hostOf(instead), services: [], confirm: site }, context(instead)),
    forgetPrevious: async () => await forgetPrevious({ site, host: hostOf(), confirm: site }, context()),
    recover: async (instead) => await recover(hostOf(instead), context(instead)),
    verify: async (id, store = kept) =>
      await verify(
        { site, stores: [store], publicKey, identities, backup: id as BackupId, pgRestore: undefined },
        context(),
      ),
    create: async (service, ...command) =>
      await docker([
        ...[
          'create',
          '--stop-signal=KILL',
          `--name=${project}_${service}_1`,
          label('project', project),
          label('service', service),
        ],
        ...['--entrypoint', command[0] ?? 'true'],
        ...[(await docker(['inspect', '--format={{.Config.Image}}', server.container])) as string, ...command.slice(1)],
      ]),
    stamp: async (value) => {
      for (const database of ['clinical', 'genomic']) {
        await server.psql(
          database,
          `CREATE TABLE IF NOT EXISTS stamp (v text); TRUNCATE stamp; INSERT INTO stamp VALUES ('${value}')`,
        );
      }
    },
    stamps: async () => {
      const found = ['clinical', 'genomic'].map(async (name) => await server.psql(name, 'SELECT v FROM stamp'));
      return [...new Set(await Promise.all(found))].join(' and ');
    },
    databases: async () =>
      await server.psql(
        'postgres',
        "SELECT datname, oid, datallowconn, shobj_description(oid, 'pg_database') FROM pg_database ORDER BY 1",
      ),
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}

/** The error with which `work` is refused, which must be one of ours. */
export async function refusalOf(work: Promise<unknown>): Promise<BackupError> {
  return await work.then(
    () => expect.unreachable('it was done'),
    (error: unknown) => (isBackupError(error) ? error : Promise.reject(error)),
  );
}
