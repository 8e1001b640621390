import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSite, type Site } from '../src/backups/site.ts';
import { type Log, silentLog } from '../src/log.ts';
import { type BackupReport, type BackupRequest, backup } from '../src/operations/backup.ts';
import type { Context } from '../src/operations/context.ts';
import { type ListReport, type ListRequest, list } from '../src/operations/list.ts';
import { recover } from '../src/operations/recover.ts';
import { type RestoreReport, type RestoreRequest, restore } from '../src/operations/restore.ts';
import { type VerifyReport, verify } from '../src/operations/verify.ts';
import type { Remote } from '../src/remote/remote.ts';
import { openSsh } from '../src/remote/ssh.ts';
import { generateIdentity, parseIdentities } from '../src/seal/identities.ts';
import { generateSigningKey, parsePublicKey, readSigningKey } from '../src/seal/minisign.ts';
import { parseRecipients } from '../src/seal/recipients.ts';
import { openDirectory } from '../src/stores/directory.ts';
import type { Store } from '../src/stores/store.ts';
import { type StackOptions, startStack, type TestStack } from './stack/stack.ts';

/** What a test may put in the place of what a site is run with otherwise. */
export interface Instead {
  readonly remote?: Remote;
  readonly store?: Store;
  readonly log?: Log;
  readonly signal?: AbortSignal;
}

/** A throw-away site with a folder for its backups, keys made for it, and the operations on it. */
export interface TestSite extends AsyncDisposable {
  readonly stack: TestStack;
  readonly site: Site;
  /** A login on the stack's host. */
  readonly remote: Remote;
  readonly store: Store;
  readonly storeFolder: string;
  /** The text of the identity, and of the secret signing key, and of its public key. */
  readonly keys: {
    readonly identity: string;
    readonly recipient: string;
    readonly signing: string;
    readonly public: string;
  };
  /** One more login on the stack's host, for the caller to close. */
  logIn(): Promise<Remote>;
  context(instead?: Instead): Context;
  /** Of the databases, unless `request` says otherwise. */
  backUp(instead?: Instead, request?: Partial<BackupRequest>): Promise<BackupReport>;
  restore(instead?: Instead, request?: Partial<RestoreRequest>): Promise<RestoreReport>;
  recover(instead?: Instead): Promise<readonly string[]>;
  list(request?: Partial<ListRequest>): Promise<ListReport>;
  /** Opens every object to its end, and has the pg_restore on `pgRestore` read the dumps. */
  verify(backup: 'latest' | string, pgRestore?: Remote, stores?: readonly Store[]): Promise<VerifyReport>;
}

/** Starts a stack and everything around it. Disposing of it removes all of that. */
export async function openTestSite(options: StackOptions = {}): Promise<TestSite> {
  await using opened = new AsyncDisposableStack();
  const storeFolder = await mkdtemp(join(tmpdir(), 'candig-store-'));
  opened.defer(async () => await rm(storeFolder, { recursive: true, force: true }));
  const stack = opened.use(await startStack(options));
  const { host, port, user, privateKey, knownHosts, project } = stack;
  const logIn = async () => await openSsh({ host, port, user, privateKey, knownHosts });
  const remote = opened.use(await logIn());
  const store = await openDirectory(storeFolder);
  const site = parseSite('test-site');
  const signing = generateSigningKey();
  const sealing = generateIdentity('x25519');
  const publicKey = parsePublicKey(signing.public);
  const identities = parseIdentities(sealing.identity);
  const opening = (instead: Instead = {}) => ({ site, stores: [instead.store ?? store], publicKey, identities });
  const context = ({ log = silentLog, signal = new AbortController().signal }: Instead = {}): Context => ({
    log,
    signal,
    now: () => new Date(),
  });
  const hostOf = (instead: Instead = {}) => ({ remote: instead.remote ?? remote, project });
  const held = opened.move();
  return {
    stack,
    site,
    remote,
    store,
    storeFolder,
    keys: { ...sealing, signing: signing.secret, public: signing.public },
    logIn,
    context,
    backUp: async (instead, request) =>
      await backup(
        {
          site,
          host: hostOf(instead),
          include: ['databases'],
          databases: [],
          recipients: parseRecipients([sealing.recipient]),
          vaultKeysRecipients: undefined,
          signingKey: readSigningKey(signing.secret),
          stores: [instead?.store ?? store],
          ...request,
        },
        context(instead),
      ),
    restore: async (instead, request) =>
      await restore(
        {
          ...opening(instead),
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
    recover: async (instead) => await recover(hostOf(instead), context(instead)),
    list: async (request) => await list({ site, stores: [store], publicKey, ...request }, context()),
    verify: async (wanted, pgRestore, stores = [store]) =>
      await verify({ ...opening(), stores, backup: wanted as 'latest', pgRestore }, context()),
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}

/** Names under a folder, of whole objects and of whatever else lies there. */
export async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
