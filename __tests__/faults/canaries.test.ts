import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Log } from '../../src/log.ts';
import { CommandError } from '../../src/remote/remote.ts';
import { filesUnder, openTestSite, type TestSite } from '../site.ts';
import { onHost } from '../stack/login.ts';
import { fakeDocker } from './fake-docker.ts';
import { tapBytes } from './tapped-remote.ts';

const patient = 'Canary-Patient <7f3a91>';

let site: TestSite;
let sinceMs: number;
/** What is secret, by what it is. */
let canaries: Readonly<Record<string, string>>;

beforeAll(async () => {
  sinceMs = Date.now();
  site = await openTestSite({ vault: true, rows: 200, donors: 100 });
  const { stack, keys } = site;
  await stack.psql(
    'clinical',
    `CREATE TABLE note (t text NOT NULL CHECK (t <> '')); INSERT INTO note VALUES ('${patient}')`,
  );
  const lineOf = (text: string, at: number) => text.trim().split('\n').at(at) ?? '';
  const { unseal, root } = await stack.vaultKeys();
  const inCheckout = async (path: string) => (await readFile(join(stack.checkout, 'tmp', path), 'utf8')).trim();
  const values = Array.from(
    { length: 10 },
    (_, at) => `Canary-Value/${at}+"of the Vault" <${randomBytes(6).toString('hex')}>`,
  );
  for (const [at, value] of values.entries()) await stack.vault('PUT', `opa/users/canary${at}`, { value });
  canaries = {
    ...Object.fromEntries(unseal.map((key, at) => [`unseal key ${at + 1}`, key])),
    'root token': root,
    'approle token': await inCheckout('vault/approle-token'),
    'role id': await inCheckout('vault/katsu-roleid'),
    'client secret': await inCheckout('keycloak/client-secret'),
    ...Object.fromEntries(values.map((value, at) => [`value ${at + 1} in Vault`, value])),
    identity: keys.identity,
    'signing key': lineOf(keys.signing, -1),
    'private key': lineOf(stack.privateKey, 2),
    'database password': (await readFile(join(stack.checkout, 'tmp/postgres/db-secret'), 'utf8')).trim(),
    'redis password': (await readFile(join(stack.checkout, 'tmp/redis/secret-key'), 'utf8')).trim(),
    'patient value': patient,
  };
});

afterAll(async () => await site?.[Symbol.asyncDispose]());

/** The ways in which a value could slip out. */
function formsOf(value: string): string[] {
  const base64 = Buffer.from(value).toString('base64');
  const hex = Buffer.from(value).toString('hex');
  // Inside a longer text base64 falls differently: at each of three shifts, without what hangs over at the ends.
  const shifted = [0, 1, 2].map((by) =>
    Buffer.from(' '.repeat(by) + value)
      .toString('base64')
      .slice(by === 0 ? 0 : 4, -4),
  );
  const json = JSON.stringify(value).slice(1, -1);
  const reversed = [...value].reverse().join('');
  return [...new Set([value, base64, hex, hex.toUpperCase(), encodeURIComponent(value), reversed, json, ...shifted])];
}

function findIn(text: string, where: string): string[] {
  return Object.entries(canaries).flatMap(([name, value]) =>
    formsOf(value).some((form) => text.includes(form)) ? [`${name} in ${where}`] : [],
  );
}

/** Notes the arguments of every process of the machine, those in containers too, until it is stopped. */
function watchArguments(): () => ReadonlySet<string> {
  const seen = new Set<string>();
  const look = (): void => {
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid)) continue;
      try {
        seen.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
      } catch {
        // It has ended meanwhile.
      }
    }
  };
  const timer = setInterval(look, 25);
  return () => {
    clearInterval(timer);
    return seen;
  };
}

test('no secret and no patient value shows up where it must not be', { timeout: 400_000 }, async () => {
  const said: string[] = [];
  const line = (text: string) => void said.push(text);
  const log: Log = { phase: line, info: line, warn: line, progress: (what) => line(what) };
  const stopWatching = watchArguments();

  const sinceOnHost = await onHost(site.stack, 'touch /tmp/since; date');
  expect(sinceOnHost).not.toBe('');
  said.push(JSON.stringify(await site.backUp({ log }, { include: ['databases', 'vault', 'logs'] })));
  await backUpBadly(log, said);
  said.push(JSON.stringify(await site.restore({ log })));
  said.push(JSON.stringify([await site.list(), await site.verify('latest'), await site.recover({ log })]));
  // Failures say more than successes: a dump that is cut, and a load that meets a row it cannot take.
  const terminate =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'candig-backup/%' AND pid <> pg_backend_pid()";
  const cut = tapBytes(
    site.remote,
    (command) => command.includes('pg_dump'),
    100,
    async () => {
      await site.stack.psql('postgres', terminate);
    },
  );
  await site.backUp({ log, remote: cut }).catch((error: unknown) => said.push(told(error)));
  await site.stack.psql(
    'clinical',
    // True of the row as it stands and false once it is loaded anew: pg_restore then prints the row.
    `CREATE FUNCTION is_living() RETURNS boolean LANGUAGE sql AS $$ SELECT current_database() = 'clinical' $$;
     ALTER TABLE note ADD CHECK (public.is_living())`,
  );
  await site.backUp({ log });
  const refused = await site.restore({ log }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ name: expect.stringMatching(/Error$/), code: expect.any(String) });
  said.push(told(refused));
  // Else there would have been nothing to keep back.
  expect(complaintOf(refused)).toContain(patient);

  const commands = stopWatching();
  expect([...commands].some((command) => command.includes('pg_dump'))).toBe(true);
  const found = [
    ...findIn(said.join('\n'), 'what was said'),
    ...[...commands].flatMap((command) => findIn(command, `arguments: ${command.slice(0, 40)}`)),
    ...findIn(
      await onHost(site.stack, 'cd ~/.candig-backup && grep -r . . | head -c 1000000'),
      'the state on the host',
    ),
    ...findIn(
      await site.stack.docker(
        ...['exec', site.stack.containers.sshd, 'sh', '-c'],
        // The checkout, which holds secrets by right, is mounted and so not looked at.
        'find / -xdev -newer /tmp/since -type f -exec cat {} + 2> /dev/null | head -c 50000000',
      ),
      'files written on the host',
    ),
    ...findIn(await dockerLogs(), 'the logs of Docker'),
  ];
  for (const file of [...(await filesUnder(site.storeFolder)), ...(await newFilesIn(tmpdir()))]) {
    found.push(...findIn(await readFile(file, 'latin1').catch(() => ''), file));
  }
  expect(found).toEqual([]);
  const forms = Object.values(canaries).reduce((sum, value) => sum + formsOf(value).length, 0);
  console.log(
    `${forms} forms of ${Object.keys(canaries).length} canaries sought in ${said.length} lines, ${commands.size} argument lists and the files: none found`,
  );
});

/** A backup whose Vault cannot be copied while it is frozen, and whose dump is cut: failures say more than successes. */
async function backUpBadly(log: Log, said: string[]): Promise<void> {
  const rule = '[ "$1" = exec ] && case "$*" in *"/spool/vault.tar --exclude"*) exit 1 ;; esac';
  await using _fake = await fakeDocker(site.stack, rule);
  said.push(JSON.stringify(await site.backUp({ log }, { include: ['databases', 'vault'] })));
}

/** What Docker keeps of the output of containers that are no service: of ours nothing may be there. */
async function dockerLogs(): Promise<string> {
  const ids = await site.stack.docker('ps', '--all', '--quiet', '--no-trunc', '--filter=label=candig-backup.run');
  const all = ids.split('\n').filter((id) => id !== '');
  return (await Promise.all(all.map(async (id) => await site.stack.docker('logs', id).catch(() => '')))).join('\n');
}

/** Everything an error tells to whoever prints it with its causes. */
function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
  return [message, JSON.stringify(error), 'hint' in error ? String(error.hint) : '', cause ? told(cause) : ''].join(
    '\n',
  );
}

/** What the failed program wrote to standard error, which is kept with the error and told to nobody. */
function complaintOf(error: unknown): string {
  if (error instanceof CommandError) return error.stderrTail;
  return error instanceof Error ? complaintOf(error.cause) : '';
}

/** Files of the temporary folder written since the test began, by us or by programs of ours; other tests' are in folders. */
async function newFilesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(folder, entry.name));
  const fresh: string[] = [];
  for (const file of files) {
    const { mtimeMs, size } = await stat(file).catch(() => ({ mtimeMs: 0, size: 0 }));
    if (mtimeMs >= sinceMs && size < 50_000_000) fresh.push(file);
  }
  return fresh;
}
