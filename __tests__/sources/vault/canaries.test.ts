import { readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLocal } from '../../../src/remote/local.ts';
import { readEntries } from '../../../src/sources/vault/entries.ts';
import { parseVaultKeys } from '../../../src/sources/vault/keys.ts';
import { openLivingVault } from '../../../src/sources/vault/living.ts';
import { readLogins } from '../../../src/sources/vault/logins.ts';
import { proveLogins } from '../../../src/sources/vault/prove.ts';
import { recoverSecrets, stageSecrets } from '../../../src/sources/vault/secrets.ts';
import { stageVault } from '../../../src/sources/vault/stage.ts';
import { authorizationStores } from '../../../src/sources/vault/stores.ts';
import { stageWhole } from '../../../src/sources/vault/whole.ts';
import { readStack, requireService } from '../../../src/stack/stack.ts';
import { startStack, type TestStack } from '../../stack/stack.ts';
import { formsOf, watchProcesses } from './arguments.ts';
import { tarOfVault } from './vault.ts';

const open = async (): Promise<void> => {};
const remote = openLocal();
let stack: TestStack;

beforeAll(async () => {
  stack = await startStack({ vault: true, rows: 200, donors: 100, users: 5 });
});
afterAll(async () => await stack?.stop());

/** Everything an error tells to whoever prints it with its causes. */
function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause, stack: trace } = error;
  return [
    message,
    trace,
    JSON.stringify(error),
    'hint' in error ? String(error.hint) : '',
    cause ? told(cause) : '',
  ].join('\n');
}

test('no key, token, role id, name or value of Vault stands where it must not', { timeout: 300_000 }, async () => {
  const sinceMs = Date.now();
  const found = await readStack(remote, stack.project);
  const vault = requireService(found, 'vault');
  const keysText = await readFile(join(stack.checkout, 'tmp/vault/keys.txt'), 'utf8');
  const keys = parseVaultKeys(keysText);
  const logins = await readLogins(remote, found);
  const person = 'user5@canary.example.org';
  const canaries: Record<string, string> = {
    'root token': keys.rootToken,
    'approle token': logins.approleToken ?? '',
    'a person': person,
    'a value': 'CANARY-CERT',
    'a secret': 'CANARY-SECRET-',
    'client secret': (await readFile(join(stack.checkout, 'tmp/keycloak/client-secret'), 'utf8')).trim(),
    ...Object.fromEntries(keys.shares.map((share, at) => [`share ${at + 1}`, share])),
    ...Object.fromEntries(logins.services.map(({ role, roleId }) => [`role id of ${role}`, roleId])),
  };
  expect(Object.keys(canaries)).toHaveLength(17);
  const said: string[] = [];
  const failing = async (attempt: Promise<unknown>): Promise<void> => {
    const error: unknown = await attempt.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(Error);
    said.push(told(error));
  };
  const tar = await tarOfVault(vault.id, vault.image);
  const backup = { keysText, sizeBytes: tar.length, open: async () => Readable.from([tar]) };
  const signal = new AbortController().signal;
  const staging = { host: remote, project: stack.project, image: vault.image, signal };

  const stop = watchProcesses();
  await using living = await openLivingVault(remote, found, vault);
  {
    await using staged = await stageVault(
      remote,
      { keys, sizeBytes: tar.length, open: backup.open },
      { ...staging, runId: 'run-can00001' },
    );
    const wanted = await readEntries(staged.api, authorizationStores);
    await stack.vault('DELETE', `opa/users/${person}`);
    await stack.vault('PUT', 'opa/site_roles', { site_roles: {} });
    const secrets = await stageSecrets(living, wanted, { runId: 'run-can00001', at: '2026-11-25T12:00:00.000Z' });
    said.push(JSON.stringify(secrets.comparison.stores));
    await secrets.swap(open);
    await secrets.rollBack(open);
    await secrets.swap(open);
    // Another writer, and an undo that cannot be read.
    await stack.vault('PUT', 'candig-backup-can00001/entries/000000', { path: person, previous: person });
    await failing(recoverSecrets(living.root, 'run-can00001', false));
    await failing(living.root.ask('Read an entry', 'GET', `opa/users/nobody-${person}`));
    await failing(living.connection.as(`${keys.rootToken}x`).ask('Read an entry', 'GET', `opa/users/${person}`));
  }
  const wrong = { ...keys, shares: [...keys.shares].reverse().map((share) => share.toLowerCase()) };
  await failing(
    stageVault(
      remote,
      { keys: wrong, sizeBytes: tar.length, open: backup.open },
      { ...staging, runId: 'run-can00002' },
    ),
  );
  const site = { remote, host: remote, stack: found, vault };
  const whole = await stageWhole(site, backup, living.root, {
    runId: 'run-can00003',
    at: '2026-11-25T12:00:00.000Z',
    signal,
  });
  said.push(JSON.stringify(whole.fitted));
  await whole.swap(open);
  said.push(JSON.stringify(await proveLogins(remote, vault, logins)));
  await whole.rollBack(open);
  await whole.discard();
  const { commands, environments } = stop();

  expect([...commands].some((command) => command.includes('/vault/staged.json'))).toBe(true);
  expect([...commands].some((command) => command.includes('127.0.0.1'))).toBe(true);
  const files: string[] = [];
  for (const entry of await readdir(tmpdir(), { withFileTypes: true })) {
    const path = join(tmpdir(), entry.name);
    const { mtimeMs, size } = await stat(path).catch(() => ({ mtimeMs: 0, size: 0 }));
    if (entry.isFile() && mtimeMs >= sinceMs && size < 50_000_000) files.push(path);
  }
  const texts: [string, string][] = [
    ['what was said', said.join('\n')],
    ...[...commands].map((text): [string, string] => [`arguments ${text.slice(0, 40)}`, text]),
    ...[...environments].map((text): [string, string] => [`environment ${text.slice(0, 40)}`, text]),
  ];
  for (const file of files) texts.push([file, await readFile(file, 'latin1').catch(() => '')]);
  const seen = texts.flatMap(([where, text]) =>
    Object.entries(canaries).flatMap(([name, value]) =>
      formsOf(value).some((form) => text.includes(form)) ? [`${name} in ${where}`] : [],
    ),
  );
  expect(seen).toEqual([]);
  console.log(
    `${Object.keys(canaries).length} canaries sought in ${commands.size} argument lists, ${environments.size} environments and ${files.length} files: none found`,
  );
});
