import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plan } from '../../src/operations/plan.ts';
import type { RestoreRequest } from '../../src/operations/restore.ts';
import { rollback } from '../../src/operations/rollback.ts';
import { CommandError } from '../../src/remote/remote.ts';
import { parseIdentities } from '../../src/seal/identities.ts';
import { parsePublicKey } from '../../src/seal/minisign.ts';
import { finderOf, formsOf, watchProcesses } from '../canaries.ts';
import type { TestSite } from '../site.ts';
import { onHost } from '../stack/login.ts';
import { writeAsOperator } from '../stack/operator.ts';
import { docker, run } from '../stack/run.ts';
import { until } from '../stack/until.ts';
import { writtenKeys } from '../stack/vault-keys.ts';
import { rolesInVault } from '../stack/vault-policies.ts';
import { type CanarySite, openCanarySite, random } from './canary-site.ts';
import { fakeDocker } from './fake-docker.ts';
import { startRestore } from './restore-process.ts';
import { tapBytes, tapMoments } from './tapped-remote.ts';

/** Keys of no Vault, and as secret as if they were. */
const wrongKeys = {
  unseal: Array.from({ length: 5 }, () => randomBytes(33).toString('base64')),
  root: `hvs.${randomBytes(18).toString('base64url')}`,
};
const both = ['databases', 'vault'] as const;

let it: CanarySite;
let site: TestSite;
/** A backup with everything whole. */
let good: string;
/** A backup whose keys are not those of its Vault. */
let foreign: string;
let acceptReturned: number;

beforeAll(async () => {
  const { unseal, root } = wrongKeys;
  it = await openCanarySite({
    'wrong key': unseal[0] ?? '',
    'another wrong key': unseal[2] ?? '',
    'wrong token': root,
  });
  site = it.site;
});

afterAll(async () => await it?.[Symbol.asyncDispose]());

const asked = (more: Partial<RestoreRequest>): Partial<RestoreRequest> => ({
  include: both,
  acceptReturned,
  backup: good as 'latest',
  ...more,
});

/** Takes access away, as somebody would who is to be undone, and gives how many grants a restore would give back. */
async function takeAccessAway(): Promise<number> {
  const { stack, store, keys } = site;
  for (const name of it.people.slice(0, 4)) await stack.vault('DELETE', `opa/users/${name}`);
  const host = { remote: it.remote, project: stack.project };
  const planned = await plan(
    {
      ...{ site: site.site, host, stores: [store], backup: 'latest', databases: [], services: [] },
      ...{ publicKey: parsePublicKey(keys.public), identities: parseIdentities(keys.identity) },
      ...{ authorization: 'secrets', authorizationStores: [], acceptReturned: 0, vaultKeysApart: false },
    },
    site.context(it.instead()),
  );
  return it.tell(planned).authorization?.returned ?? 0;
}

async function rollBack(): Promise<string | null> {
  const host = { remote: it.remote, project: site.stack.project };
  const request = { site: site.site, host, services: [], confirm: site.site };
  return it.tell(await rollback(request, site.context(it.instead()))).authorization;
}

async function hasAccess(): Promise<boolean> {
  const answers = await Promise.all(it.people.map((name) => site.stack.vault('GET', `opa/users/${name}`)));
  return answers.every(({ status }) => status === 200);
}

/** Puts other keys where those of Vault lie, in its volume and in the checkout. */
async function layKeys(text: string): Promise<void> {
  const { stack } = site;
  await docker(['exec', '-i', stack.containers.vault, 'sh', '-c', 'cat > /vault/config/keys.txt'], { input: text });
  await writeAsOperator(stack.checkout, 'tmp/vault/keys.txt', text);
}

/** Does something while other keys lie where those of Vault should. */
async function withWrongKeys<Result>(work: () => Promise<Result>): Promise<Result> {
  const right = writtenKeys(await site.stack.vaultKeys());
  await layKeys(writtenKeys(wrongKeys));
  try {
    return await work();
  } finally {
    await layKeys(right);
  }
}

/** What the failed program wrote to standard error, which is kept with the error and told to nobody. */
function complaintOf(error: unknown): string {
  if (error instanceof CommandError) return error.stderrTail;
  return error instanceof Error ? complaintOf(error.cause) : '';
}

test('backups, one of everything and others that go wrong', { timeout: 300_000 }, async () => {
  const { stack } = site;
  foreign = await withWrongKeys(async () => it.tell(await site.backUp(it.instead(), { include: both })).backupId);
  {
    const unwilling = '[ "$1" = exec ] && case "$*" in *"/spool/vault.tar --exclude"*) exit 1 ;; esac';
    await using _fake = await fakeDocker(stack, unwilling);
    expect(it.tell(await site.backUp(it.instead(), { include: both })).status).toBe('degraded');
  }
  const terminate =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'candig-backup/%' AND pid <> pg_backend_pid()";
  const isDump = (command: readonly string[]) => command.includes('pg_dump');
  const cut = tapBytes(it.remote, isDump, 100, async () => void (await stack.psql('postgres', terminate)));
  // Which it is tried once more for, and says so.
  it.tell(await site.backUp(it.instead({ remote: cut })));
  const report = it.tell(await site.backUp(it.instead(), { include: ['databases', 'vault', 'logs'] }));
  expect(report.status).toBe('complete');
  good = report.backupId;
  it.tell([await site.list(), await site.verify(good), await site.recover(it.instead())]);
});

test('authorization entry by entry, and back again', { timeout: 300_000 }, async () => {
  acceptReturned = await takeAccessAway();
  expect(acceptReturned).toBeGreaterThan(0);
  expect(await hasAccess()).toBe(false);
  await it.failing(site.restore(it.instead(), asked({ authorization: 'secrets', acceptReturned: 0 })));
  it.tell(await site.restore(it.instead(), asked({ authorization: 'secrets' })));
  expect(await hasAccess()).toBe(true);
  expect(await rollBack()).toBe('secrets');
  expect(await hasAccess()).toBe(false);
});

test('a whole Vault, and back again', { timeout: 300_000 }, async () => {
  it.tell(await site.restore(it.instead(), asked({ authorization: 'whole' })));
  expect(await hasAccess()).toBe(true);
  expect(await rollBack()).toBe('whole');
  expect(await hasAccess()).toBe(false);
});

test('restores that fail before the outage', { timeout: 300_000 }, async () => {
  const keysOfNone = await it.failing(site.restore(it.instead(), asked({ backup: foreign as 'latest' })));
  expect(keysOfNone).toMatchObject({ code: 'vault-keys-wrong' });
  await withWrongKeys(async () => {
    const unknown = await it.failing(site.restore(it.instead(), asked({ authorization: 'secrets' })));
    expect(unknown).toMatchObject({ code: 'restore-refused' });
  });
  // True of the row as it stands and false once it is loaded anew: pg_restore then prints the row.
  await site.stack.psql(
    'clinical',
    `CREATE FUNCTION is_living() RETURNS boolean LANGUAGE sql AS $$ SELECT current_database() = 'clinical' $$;
     ALTER TABLE note ADD CONSTRAINT living CHECK (public.is_living())`,
  );
  const { backupId } = await site.backUp(it.instead());
  const refused = await it.failing(site.restore(it.instead(), { backup: backupId as 'latest' }));
  // Else there would have been nothing to keep back.
  expect(complaintOf(refused)).toContain(it.patient);
  await site.stack.psql('clinical', 'ALTER TABLE note DROP CONSTRAINT living');
});

test('a restore whose services do not come up again, the guard, and recover', { timeout: 300_000 }, async () => {
  const { stack } = site;
  let isDead = false;
  const remote = tapMoments(it.remote, async ({ edge, label }) => {
    if (isDead || edge !== 'after' || !label.includes('docker stop')) return;
    isDead = true;
    await stack.docker('kill', stack.containers.fluentd);
  });
  const error = await it.failing(site.restore(it.instead({ remote }), asked({ authorization: 'secrets' })));
  expect(error).toMatchObject({ code: 'needs-person' });
  const guarded = () => onHost(stack, `cat ~/.candig-backup/${stack.project}/guarded || :`);
  await until('the guard to say something', async () => (await guarded()).includes('failed to start'));
  await it.lookAtHost();
  await stack.docker('start', stack.containers.fluentd);
  expect(it.tell(await site.recover(it.instead())).join()).toContain('started');
  expect(await hasAccess()).toBe(false);
});

/** Has what was written down for undoing a restore be unreadable while `work` is done. */
async function withSpoiltUndo(journal: string, work: () => Promise<void>): Promise<void> {
  const [, tail] = /^\.\/journal:run \S+-[0-9a-f]*([0-9a-f]{8})$/m.exec(journal) ?? expect.fail('no journal');
  const entry = `candig-backup-${tail}/entries/000000`;
  const { body } = await site.stack.vault('GET', entry);
  await site.stack.vault('PUT', entry, { path: it.people[0], previous: it.people[0] });
  await work();
  await site.stack.vault('PUT', entry, (body as { readonly data: unknown }).data);
}

test.each(['secrets', 'whole'] as const)(
  'a restore that is killed with authorization in place (%s), and recover',
  { timeout: 300_000 },
  async (authorization) => {
    const request = { include: both, authorization, acceptReturned, backup: good as 'latest' };
    const killed = startRestore(site, { at: { edge: 'before', label: 'COMMIT' }, signal: 'SIGKILL', request });
    expect(await killed.ending).toBeUndefined();
    const state = await it.lookAtHost();
    if (authorization === 'secrets') {
      await withSpoiltUndo(state, async () => {
        await it.failing(site.recover(it.instead()));
        await it.lookAtHost();
      });
    }
    expect(it.tell(await site.recover(it.instead())).join('\n')).toMatch(
      authorization === 'secrets' ? /put back \d+ entries of authorization/ : /put back the Vault from before/,
    );
    expect(await hasAccess()).toBe(false);
    for (const role of rolesInVault) expect(await site.stack.vaultLogin(role)).toBe(200);
  },
);

test('a secret among the arguments of a program is noticed, however soon that ends', async () => {
  const words = Array.from({ length: 100 }, () => `--word=${random()}`);
  const stop = await watchProcesses();
  for (const word of words) await run('true', [word]);
  const { commands, told, missed } = await stop();
  const noticed = words.filter((word) => commands.some((command) => command.includes(word))).length;
  console.log(`${noticed} of 100 programs that end at once were noticed; of all ${told} that began ${missed} were not`);
  expect(noticed).toBeGreaterThan(0);
});

test('in all of that, no secret and no patient value shows up where it must not be', { timeout: 120_000 }, async () => {
  const seen = await it.seen();
  // Else it was not watched.
  const absent = (texts: readonly string[], words: readonly string[]) =>
    words.filter((word) => !texts.some((text) => text.includes(word)));
  const ours = ['pg_dump', 'pg_restore', '/vault/staged.json', 'docker\0exec'];
  expect(absent(seen.commands, [...ours, 'restore-child.ts'])).toEqual([]);
  expect(absent(seen.sent, ours)).toEqual([]);
  expect(absent(seen.events, ['exec_create: sh', 'pg_dump'])).toEqual([]);
  expect(absent(seen.onHost, ['authorization secrets', 'authorization whole', 'mixed', 'failed to start'])).toEqual([]);
  expect(seen.logs.length).toBeGreaterThan(0);

  const { canaries } = it;
  const find = finderOf(canaries);
  // Inside longer texts as well.
  expect(find(Buffer.from(`root: ${canaries['root token']}\n`).toString('base64'), 'it')).toEqual(['root token in it']);
  // Health checks and our emptying of the cache give these to a client in the container that has the secret anyway.
  const { 'database password': _, 'redis password': __, ...notInEnvironments } = canaries;
  const findInEnvironment = finderOf(notInEnvironments);
  const found = [
    ...find(seen.said.join('\n'), 'what was said'),
    ...seen.sent.flatMap((text) => find(text, `a command for the host: ${text.slice(0, 40)}`)),
    ...seen.commands.flatMap((text) => find(text, `arguments: ${text.slice(0, 40)}`)),
    ...seen.environments.flatMap((text) => findInEnvironment(text, `an environment: ${text.slice(0, 40)}`)),
    ...seen.events.flatMap((text) => find(text, `what Docker tells: ${text.slice(0, 40)}`)),
    ...seen.logs.flatMap((text) => find(text, 'the log of a container of ours')),
    ...seen.onHost.flatMap((text) => find(text, 'our folder on the host')),
    ...seen.files.flatMap(({ name, text }) => find(text, name)),
  ];
  expect(found).toEqual([]);
  const forms = Object.values(canaries).reduce((sum, value) => sum + formsOf(value).length, 0);
  console.log(
    [
      `${forms} forms of ${Object.keys(canaries).length} canaries were sought in ${seen.said.length} lines`,
      `${seen.sent.length} commands for the host`,
      `${seen.commands.length} argument lists (of ${seen.told} programs that began ${seen.missed} had ended before they were looked at)`,
      `${seen.environments.length} environments, ${seen.events.length} events and ${seen.logs.length} logs of Docker`,
      `${seen.onHost.length} states of our folder on the host and ${seen.files.length} files: none found`,
    ].join(', '),
  );
});
