import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle, root } from '../../scripts/bundle.ts';
import { generateIdentity } from '../../src/seal/identities.ts';
import { generateSigningKey, parsePublicKey } from '../../src/seal/minisign.ts';
import { ended } from '../cli/built-cli.ts';
import { run } from '../stack/run.ts';
import { startStack, type TestStack } from '../stack/stack.ts';

let checkout: string;
let stack: TestStack;
const sealing = generateIdentity('x25519');
const signing = generateSigningKey();

/** A checkout of the action as it is now, in which act finds the workflow. */
beforeAll(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'candig-act-'));
  await bundle(join(checkout, 'dist'));
  await copyFile(join(root, 'action.yml'), join(checkout, 'action.yml'));
  await mkdir(join(checkout, '.github', 'workflows'), { recursive: true });
  const workflow = join(import.meta.dirname, 'workflows', 'round-trip.yml');
  await copyFile(workflow, join(checkout, '.github', 'workflows', 'round-trip.yml'));
  await mkdir(join(checkout, 'store'));
  const git = async (...args: string[]) => await run('git', ['-C', checkout, ...args]);
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '.github', 'action.yml', 'dist');
  const author = ['-c', 'user.name=nobody', '-c', 'user.email=nobody@example.org'];
  await git(...author, '-c', 'commit.gpgsign=false', 'commit', '--quiet', '--message=checkout');
  stack = await startStack({ rows: 2_000 });
});

afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  await rm(checkout, { recursive: true, force: true });
});

/** Starts the workflow with a runner that needs neither containers nor a network. */
function startAct(): ChildProcessWithoutNullStreams {
  const secrets = { PRIVATE_KEY: stack.privateKey, SIGNING_KEY: signing.secret, IDENTITY: sealing.identity };
  const variables = {
    HOST: stack.host,
    PORT: String(stack.port),
    KNOWN_HOSTS: stack.knownHosts,
    PROJECT: stack.project,
    STORE: join(checkout, 'store'),
    RECIPIENT: sealing.recipient,
    PUBLIC_KEY: parsePublicKey(signing.public).text,
  };
  const flags = [
    ...Object.keys(secrets).flatMap((name) => ['--secret', name]),
    ...Object.entries(variables).flatMap(([name, value]) => ['--var', `${name}=${value}`]),
  ];
  return spawn('act', ['workflow_dispatch', '-P', 'ubuntu-latest=-self-hosted', ...flags], {
    cwd: checkout,
    env: {
      // The action runs on the first node there is.
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
      HOME: checkout,
      ...secrets,
    },
    stdio: 'pipe',
  });
}

test('a workflow backs up, verifies and restores, with outputs from step to step', async () => {
  const before = await stack.psql('clinical', 'SELECT count(*) FROM donor');
  const { code, stdout, stderr } = await ended(startAct());
  expect(code, stdout + stderr).toBe(0);
  expect(stdout).toMatch(/told \d{8}T\d{6}Z-[0-9a-f]{10} complete \d+\.\d [0-9a-f]{64}/);
  expect(stdout).toContain('Success - Post');
  expect(await stack.psql('clinical', 'SELECT count(*) FROM donor')).toBe(before);
  for (const line of [...stack.privateKey.split('\n'), sealing.identity, signing.secret.split('\n')[1] ?? '']) {
    if (line.length > 20 && !line.startsWith('-----')) expect(stdout + stderr).not.toContain(line);
  }
});

test('a workflow that is cancelled in the outage of a restore leaves a well site', async () => {
  const before = await stack.psql('clinical', 'SELECT count(*) FROM donor');
  const child = startAct();
  child.stdout.on('data', (chunk) => {
    if (String(chunk).includes('Stop 3 services')) child.kill('SIGINT');
  });
  const { code } = await ended(child);
  expect(code).not.toBe(0);
  const names = await stack.docker(
    'ps',
    '--filter',
    `label=com.docker.compose.project=${stack.project}`,
    '--format',
    '{{.Names}}',
  );
  expect(names.split('\n')).toHaveLength(6);
  expect(await stack.psql('clinical', 'SELECT count(*) FROM donor')).toBe(before);
});
