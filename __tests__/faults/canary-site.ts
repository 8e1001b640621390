import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isBackupError } from '../../src/errors.ts';
import type { Log } from '../../src/log.ts';
import type { Remote } from '../../src/remote/remote.ts';
import { type Canaries, type SeenProcesses, watchProcesses } from '../canaries.ts';
import { filesUnder, type Instead, openTestSite, type TestSite } from '../site.ts';
import { onHost } from '../stack/login.ts';
import { rolesInVault } from '../stack/vault-policies.ts';
import { recordCommands, type SeenDocker, watchDocker } from './recorded.ts';
import { isJournal, tapMoments } from './tapped-remote.ts';

/** What could be read by somebody who watches the site and the machine of the runner, of the whole time. */
export interface Seen extends SeenProcesses, SeenDocker {
  /** All that was told to people: lines of the log, reports, errors with all that hangs on them. */
  readonly said: readonly string[];
  /** All that was sent to the host to be run. */
  readonly sent: readonly string[];
  /** Our folder on the host, at each time that a journal was written and whenever somebody looked. */
  readonly onHost: readonly string[];
  /** Files written meanwhile, ours and the site's logs; as Latin-1. */
  readonly files: readonly { readonly name: string; readonly text: string }[];
}

/** A site with a Vault that is full of canaries, and everything watched that is done on it. */
export interface CanarySite extends AsyncDisposable {
  readonly site: TestSite;
  readonly canaries: Canaries;
  /** A row of `note` in `clinical`. */
  readonly patient: string;
  /** Paths in Vault that are canaries, as are their values. */
  readonly people: readonly string[];
  /** A login on the host, of which is noted what it is given to run. */
  readonly remote: Remote;
  /** To be given to the site's operations, so that what they say is noted. */
  instead(more?: Instead): Instead;
  /** Notes a report. */
  tell<Report>(report: Report): Report;
  /** Notes how something failed, with all that the error carries, and gives it. Rejects if it did not fail. */
  failing(attempt: Promise<unknown>): Promise<Error>;
  /** Notes what lies in our folder on the host; gives it, too. */
  lookAtHost(): Promise<string>;
  /** Ends the watching. */
  seen(): Promise<Seen>;
}

export const random = (): string => randomBytes(6).toString('hex');

/** `wrongKeys`: what else is secret, by what it is called. */
export async function openCanarySite(wrongKeys: Canaries): Promise<CanarySite> {
  await using opened = new AsyncDisposableStack();
  const sinceMs = Date.now();
  const outerTemporary = tmpdir();
  const temporary = await mkdtemp(join(outerTemporary, 'candig-canaries-'));
  opened.defer(async () => await rm(temporary, { recursive: true, force: true }));
  // For this process and those that it starts.
  process.env.TMPDIR = temporary;
  const site = opened.use(await openTestSite({ vault: true, rows: 200, donors: 100 }));
  const { stack } = site;
  const patient = `Canary-Patient <${random()}>`;
  await stack.psql(
    'clinical',
    `CREATE TABLE note (t text NOT NULL CHECK (t <> '')); INSERT INTO note VALUES ('${patient}')`,
  );
  const people = Array.from({ length: 10 }, () => `canary-${random()}@example.org`);
  const values = people.map((_, at) => `Canary-Value/${at}+"of the Vault" <${random()}>`);
  for (const [at, name] of people.entries()) await stack.vault('PUT', `opa/users/${name}`, { value: values[at] });

  const said: string[] = [];
  const sent: string[] = [];
  const states: string[] = [];
  const line = (text: string) => void said.push(text);
  const log: Log = { phase: line, info: line, warn: line, progress: (what) => line(what) };
  const lookAtHost = async (): Promise<string> => {
    const state = await onHost(stack, `cd ~/.candig-backup/${stack.project} && grep -rs . . || :`);
    states.push(state);
    return state;
  };
  const remote = tapMoments(recordCommands(site.remote, sent), async (moment) => {
    if (isJournal(moment) && moment.edge === 'after') await lookAtHost();
  });
  await onHost(stack, 'touch /tmp/since');
  const stopDocker = await watchDocker(stack.project);
  const stopWatching = await watchProcesses();
  let watched: Promise<SeenProcesses & SeenDocker> | undefined;
  const stop = async () => {
    watched ??= Promise.all([stopWatching(), stopDocker()]).then(([processes, docker]) => ({
      ...processes,
      ...docker,
    }));
    return await watched;
  };
  opened.defer(async () => void (await stop()));
  const held = opened.move();
  return {
    site,
    canaries: {
      ...(await secretsOf(site)),
      ...named('person in Vault', people),
      ...named('value in Vault', values),
      'patient value': patient,
      ...wrongKeys,
    },
    patient,
    people,
    remote,
    instead: (more = {}) => ({ log, remote, ...more }),
    tell: (report) => {
      said.push(JSON.stringify(report));
      return report;
    },
    failing: async (attempt) => {
      const error: unknown = await attempt.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (!isBackupError(error)) throw error ?? new Error('it was done');
      said.push(told(error));
      return error;
    },
    lookAtHost,
    seen: async () => {
      const seen = await stop();
      await lookAtHost();
      // The checkout, which holds secrets by right, is mounted and so not among them.
      const find = 'find / -xdev -newer /tmp/since -type f -exec cat {} + 2> /dev/null | head -c 50000000';
      const onItself = await stack.docker('exec', stack.containers.sshd, 'sh', '-c', find);
      const paths = [
        ...(await filesUnder(temporary)),
        ...(await newFilesIn(outerTemporary, sinceMs)),
        ...(await newFilesIn('/dev/shm', sinceMs)),
        ...(await filesUnder(join(stack.checkout, 'tmp/logs'))),
      ];
      const read = async (name: string) => ({ name, text: await readFile(name, 'latin1').catch(() => '') });
      const files = [{ name: 'files on the host', text: onItself }, ...(await Promise.all(paths.map(read)))];
      return { ...seen, said, sent, onHost: states, files };
    },
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}

function named(what: string, values: readonly string[]): Canaries {
  return Object.fromEntries(values.map((value, at) => [`${what} ${at + 1}`, value]));
}

async function secretsOf({ stack, keys }: TestSite): Promise<Canaries> {
  const lineOf = (text: string, at: number) => text.trim().split('\n').at(at) ?? '';
  const inCheckout = async (path: string) => (await readFile(join(stack.checkout, 'tmp', path), 'utf8')).trim();
  const { unseal, root } = await stack.vaultKeys();
  return {
    ...named('unseal key', unseal),
    ...named('role id', await Promise.all(rolesInVault.map((role) => inCheckout(`vault/${role}-roleid`)))),
    'root token': root,
    'approle token': await inCheckout('vault/approle-token'),
    'client secret': await inCheckout('keycloak/client-secret'),
    'database password': await inCheckout('postgres/db-secret'),
    'redis password': await inCheckout('redis/secret-key'),
    identity: keys.identity,
    'signing key': lineOf(keys.signing, -1),
    'private key': lineOf(stack.privateKey, 2),
  };
}

/** Everything an error tells to whoever prints it with its causes. */
function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause, stack } = error;
  const hint = 'hint' in error ? String(error.hint) : '';
  return [message, stack, JSON.stringify(error), hint, cause ? told(cause) : ''].join('\n');
}

/** Files of a folder written since then; other tests' are in folders. */
async function newFilesIn(folder: string, sinceMs: number): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(folder, entry.name));
  const fresh: string[] = [];
  for (const file of files) {
    const { mtimeMs, size } = await stat(file).catch(() => ({ mtimeMs: 0, size: 0 }));
    if (mtimeMs >= sinceMs && size < 50_000_000) fresh.push(file);
  }
  return fresh;
}
