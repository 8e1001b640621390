import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateIdentity } from '../../src/seal/identities.ts';
import { generateSigningKey, parsePublicKey } from '../../src/seal/minisign.ts';
import { formsOf } from '../canaries.ts';
import { ended } from '../cli/built-cli.ts';
import { fakeDocker, loseFluentd } from '../faults/fake-docker.ts';
import { startStack, type TestStack } from '../stack/stack.ts';
import { type BuiltAction, buildAction, type Inputs } from './built-action.ts';

let action: BuiltAction;
let stack: TestStack;
let login: Inputs;
let store: string;
const sealing = [generateIdentity('x25519'), generateIdentity('x25519')] as const;
const signing = generateSigningKey();

beforeAll(async () => {
  action = await buildAction();
  stack = await startStack({ rows: 2_000 });
  store = join(action.folder, 'store');
  await mkdir(store);
  login = {
    host: stack.host,
    port: String(stack.port),
    user: stack.user,
    'private-key': stack.privateKey,
    'known-hosts': stack.knownHosts,
    project: stack.project,
  };
});

afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  await action[Symbol.asyncDispose]();
});

const backupInputs = (): Inputs => ({
  ...login,
  operation: 'backup',
  site: 'demo',
  include: 'databases',
  stores: `directory:${store}`,
  recipients: sealing.map(({ recipient }) => recipient).join('\n'),
  'signing-key': signing.secret,
});

const restoreInputs = (): Inputs => ({
  ...login,
  operation: 'restore',
  site: 'demo',
  stores: `directory:${store}`,
  identity: sealing[0].identity,
  'public-key': parsePublicKey(signing.public).text,
  confirm: 'demo',
});

const commandsIn = (log: string) => log.split('\n').filter((line) => line.startsWith('::'));

/** A log as people see it: without what a runner takes for itself. */
const seen = (log: string) => log.replaceAll(/^::add-mask::.*$/gm, '');

describe('the action', () => {
  test('backs up: outputs, groups, a summary, masks, and nothing for post to do', async () => {
    const step = await action.run('main', backupInputs());
    expect(step.code, step.stdout).toBe(0);
    expect(step.output).toMatch(/^backup-id<<(\S+)\n\d{8}T\d{6}Z-[0-9a-f]{10}\n\1$/m);
    expect(step.output).toMatch(/^manifest-digest<<(\S+)\n[0-9a-f]{64}\n\1$/m);
    expect(step.output).toMatch(/^size-bytes<<(\S+)\n\d+\n\1$/m);
    expect(step.summary).toContain('<h3>candig-backup backup: complete</h3>');
    expect(step.stdout).toContain('::group::Dump the databases\n');
    const groups = commandsIn(step.stdout).filter((line) => line.startsWith('::group::')).length;
    expect(commandsIn(step.stdout).filter((line) => line === '::endgroup::')).toHaveLength(groups);
    for (const line of [...stack.privateKey.trim().split('\n'), ...signing.secret.trim().split('\n')]) {
      expect(step.stdout).toContain(`::add-mask::${line}\n`);
    }
    const post = await action.run('post', backupInputs(), await action.stateForPost());
    expect(post).toMatchObject({ code: 0, stdout: '' });
  });

  test('shows no secret, in no form', async () => {
    const wrong = { ...backupInputs(), user: 'nobody-here' };
    const logs = [
      await action.run('main', backupInputs()),
      await action.run('main', restoreInputs()),
      await action.run('main', wrong),
    ];
    const canaries = [stack.privateKey, signing.secret, sealing[0].identity].flatMap((secret) =>
      secret.split('\n').filter((line) => line.length > 20 && !/-----|comment/.test(line)),
    );
    for (const { stdout, stderr, output, state, summary } of logs) {
      const everything = seen(stdout) + stderr + output + state + summary;
      for (const canary of canaries) {
        for (const form of formsOf(canary)) expect(everything).not.toContain(form);
      }
    }
  });

  test.each([
    ['a slip in an input', { stroes: 'directory:/x' }, 'There is no input "stroes"; did you mean stores'],
    ['an operation of the terminal', { operation: 'keygen' }, 'There is no operation "keygen"'],
    ['a hostile project', { project: 'x\n::error::y' }, 'Input project is not the name of a compose project'],
    ['an input of another operation', { confirm: 'demo' }, 'Input confirm is not used by backup'],
  ])('fails once, before anything is contacted: %s', async (_what, inputs, message) => {
    const step = await action.run('main', { ...backupInputs(), ...inputs });
    const errors = commandsIn(step.stdout).filter((line) => line.startsWith('::error::'));
    expect(errors).toEqual([expect.stringContaining(message)]);
    expect(step).toMatchObject({ code: 2, output: '', state: '', stderr: '' });
  });

  test.each([
    ['pull_request_target', {}],
    ['pull_request', { repository: { full_name: 'a/b' }, pull_request: { head: { repo: { full_name: 'evil/b' } } } }],
    ['pull_request', { repository: { full_name: 'a/b' }, pull_request: { head: { repo: null } } }],
    ['workflow_run', { repository: { full_name: 'a/b' }, workflow_run: { head_repository: { full_name: 'evil/b' } } }],
  ])('refuses an event from outside before it reads a secret: %s', async (name, event) => {
    const file = join(action.folder, 'event.json');
    await writeFile(file, JSON.stringify(event));
    const step = await action.run('main', backupInputs(), { GITHUB_EVENT_NAME: name, GITHUB_EVENT_PATH: file });
    expect(step.code).toBe(2);
    expect(step.stdout).toMatch(/^::error::This does not run (on|for) /);
    expect(step.stdout).not.toContain('add-mask');
  });

  test("runs for a pull request of the repository's own", async () => {
    const file = join(action.folder, 'event.json');
    const own = { full_name: 'a/b' };
    await writeFile(file, JSON.stringify({ repository: own, pull_request: { head: { repo: own } } }));
    const event = { GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: file };
    expect((await action.run('main', { ...login, operation: 'recover' }, event)).code).toBe(0);
  });
});

test('a restore whose process is killed during the outage is put right by post', async () => {
  const before = await stack.psql('clinical', 'SELECT count(*) FROM donor');
  const main = action.start('main', restoreInputs());
  main.stdout.on('data', (chunk) => {
    if (String(chunk).includes('Stop 3 services')) main.kill('SIGKILL');
  });
  await new Promise((resolve) => main.once('exit', resolve));
  const state = await action.stateForPost();
  expect(JSON.stringify(state)).not.toContain('PRIVATE');
  const post = await action.run('post', restoreInputs(), state);
  expect(post.code).toBe(0);
  expect(post.stdout).not.toContain('could not be looked after');
  const names = await stack.docker(
    'ps',
    '--filter',
    `label=com.docker.compose.project=${stack.project}`,
    '--format',
    '{{.Names}}',
  );
  expect(names.split('\n')).toHaveLength(6);
  expect(await stack.psql('clinical', 'SELECT count(*) FROM donor')).toBe(before);
  expect((await action.run('main', { ...login, operation: 'recover' })).stdout).not.toContain('::warning::');
});

test('a restore that is asked to stop in the outage fails once, as cancelled, with the site as it was', async () => {
  const before = await stack.psql('clinical', 'SELECT count(*) FROM donor');
  const main = action.start('main', restoreInputs());
  main.stdout.on('data', (chunk) => {
    if (String(chunk).includes('Start the services')) main.kill('SIGINT');
  });
  const { code, stdout } = await ended(main);
  expect(code).toBe(130);
  const errors = commandsIn(stdout).filter((line) => line.startsWith('::error::'));
  expect(errors).toEqual(['::error::Cancelled; the site is as it was before']);
  expect(await stack.psql('clinical', 'SELECT count(*) FROM donor')).toBe(before);
  const post = await action.run('post', restoreInputs(), await action.stateForPost());
  expect(post.stdout).toContain('The host is as it should be');
});

test('a backup that lacks a part fails with 3 as degraded, with its outputs', async () => {
  const step = await action.run('main', { ...backupInputs(), include: 'databases vault' });
  expect(step.code).toBe(3);
  expect(step.output).toMatch(/^status<<(\S+)\ndegraded\n\1$/m);
  expect(step.output).toMatch(/^backup-id<<(\S+)\n\d{8}T\d{6}Z-[0-9a-f]{10}\n\1$/m);
  expect(step.summary).toContain('<h3>candig-backup backup: degraded</h3>');
  const errors = commandsIn(step.stdout).filter((line) => line.startsWith('::error::'));
  expect(errors).toEqual([expect.stringMatching(/^::error::Backup \S+ is kept, without vault \(/)]);
});

test('a restore that leaves a service down fails with 4 and says which, and recover starts it', {
  timeout: 240_000,
}, async () => {
  const before = await stack.psql('clinical', 'SELECT count(*) FROM donor');
  {
    await using _fake = await fakeDocker(stack, loseFluentd(stack));
    const step = await action.run('main', restoreInputs());
    expect(step).toMatchObject({ code: 4, output: '' });
    const errors = commandsIn(step.stdout).filter((line) => line.startsWith('::error::'));
    expect(errors).toEqual([expect.stringMatching(/_(katsu|htsget|candig-ingest)_1.* cannot be started/)]);
    const post = await action.run('post', restoreInputs(), await action.stateForPost());
    expect(post.code).toBe(0);
    expect(post.stdout).toContain('::warning::The host could not be looked after');
  }
  await stack.docker('start', stack.containers.fluentd);
  const recovered = await action.run('main', { ...login, operation: 'recover' });
  expect(recovered.code).toBe(0);
  expect(recovered.stdout).toContain(`started ${stack.project}_katsu_1`);
  expect(await stack.psql('clinical', 'SELECT count(*) FROM donor')).toBe(before);
});

test('post never fails the job, also when it cannot reach the host', async () => {
  const inputs = { ...restoreInputs(), user: 'nobody-here' };
  const post = await action.run('post', inputs, { 'STATE_host-changes': 'begun' });
  expect(post.code).toBe(0);
  expect(post.stdout).toContain('::warning::The host could not be looked after');
});
