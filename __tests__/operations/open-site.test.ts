import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLog } from '../../src/log.ts';
import type { BackupReport } from '../../src/operations/backup.ts';
import { type OpenReport, open } from '../../src/operations/open.ts';
import { type VerifyReport, verify } from '../../src/operations/verify.ts';
import { openLocal } from '../../src/remote/local.ts';
import { generateIdentity, parseIdentities } from '../../src/seal/identities.ts';
import { parsePublicKey } from '../../src/seal/minisign.ts';
import { parseRecipients } from '../../src/seal/recipients.ts';
import { openVaultApi } from '../../src/sources/vault/api.ts';
import { filesUnder, openTestSite, type TestSite } from '../site.ts';
import { docker, run } from '../stack/run.ts';
import { until } from '../stack/until.ts';
import { ensureVault } from '../stack/vault-image.ts';
import { readVaultKeys } from '../stack/vault-keys.ts';
import { rolesInVault } from '../stack/vault-policies.ts';

const forKeys = generateIdentity('x25519');
const user = 'opa/users/user3@canary.example.org';

let site: TestSite;
let made: BackupReport;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'candig-backup-open-site-'));
  site = await openTestSite({ vault: true, rows: 200, donors: 100 });
  const vaultKeysRecipients = parseRecipients([forKeys.recipient]);
  made = await site.backUp({}, { include: ['databases', 'vault', 'logs'], vaultKeysRecipients });
}, 300_000);
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function requestFor(identities: readonly string[]) {
  const { store, keys } = site;
  const publicKey = parsePublicKey(keys.public);
  const opening = { site: site.site, stores: [store], publicKey, backup: 'latest', pgRestore: undefined } as const;
  return { ...opening, identities: identities.flatMap((text) => parseIdentities(text)) };
}

const context = (warn: (line: string) => void = () => {}) => ({ ...site.context(), log: { ...silentLog, warn } });
const openWith = async (into: string, identities: readonly string[], warn?: (line: string) => void) =>
  await open({ ...requestFor(identities), folder: join(folder, into), object: undefined }, context(warn));
const verifyWith = async (identities: readonly string[]): Promise<VerifyReport> =>
  await verify(requestFor(identities), context());

const vaultConfig = {
  storage: { file: { path: '/vault/data' } },
  listener: { tcp: { address: '0.0.0.0:8200', tls_disable: true } },
  disable_mlock: true,
};

/** A Vault of its own, empty, with its volume; and whatever CanDIG's set-up does with a `restore.tar.gz` for it. */
async function restoreAsCanDigDoes(tarball: string) {
  const image = await ensureVault();
  const vault = await docker([
    ...['create', '--volume', '/vault', '--cap-add', 'IPC_LOCK', '--label', `candig-backup-open=${site.stack.project}`],
    ...[image, 'vault', 'server', '-config=/vault/config/vault-config.json'],
  ]);
  const inRunner = async (script: string) =>
    await docker([
      ...['run', '--rm', '--network', 'none', '--volumes-from', vault],
      ...['--entrypoint', 'sh', image, '-c', script],
    ]);
  const work = await mkdtemp(join(folder, 'restoring-'));
  await run('tar', ['-xzf', tarball, '-C', work]);
  await inRunner('mkdir -p /vault/config');
  await docker(['cp', join(work, 'backup/backup.tar.gz'), `${vault}:/vault/`]);
  await docker(['cp', join(work, 'backup/keys.txt'), `${vault}:/vault/config/`]);
  await writeFile(join(work, 'vault-config.json'), JSON.stringify(vaultConfig));
  await docker(['cp', join(work, 'vault-config.json'), `${vault}:/vault/config/`]);
  await inRunner('cd /vault && rm -rf data && tar -xzf backup.tar.gz && chown -R vault:vault config');
  await docker(['start', vault]);
  const remote = openLocal();
  const api = openVaultApi(remote, vault);
  return {
    api,
    keys: await readVaultKeys(join(work, 'backup/keys.txt')),
    serviceStores: await readFile(join(work, 'backup/service_stores.txt'), 'utf8'),
    [Symbol.asyncDispose]: async () => {
      await api[Symbol.asyncDispose]();
      await remote[Symbol.asyncDispose]();
      await docker(['rm', '--force', '--volumes', vault]);
    },
  };
}

test('what is opened restores a Vault in the way of CanDIG: unsealed, every entry there, every service logs in', async () => {
  const report: OpenReport = await openWith('all', [site.keys.identity, forKeys.identity]);
  expect(report.unopened).toEqual([]);
  const names = report.files.map((path) => path.slice(join(folder, 'all').length + 1));
  const [first, second, third, ...logs] = names;
  expect([first, second, third].sort()).toEqual(['clinical.dump', 'evidence.json', 'genomic.dump']);
  expect(logs[0]).toBe('restore.tar.gz');

  await using restored = await restoreAsCanDigDoes(join(folder, 'all/restore.tar.gz'));
  const { api, keys, serviceStores } = restored;
  expect(keys).toEqual(await site.stack.vaultKeys());
  expect(serviceStores.trim().split('\n')).toEqual([...rolesInVault]);
  await until('vault answers', async () => {
    await api.ask('Wait', 'GET', 'sys/seal-status');
    return true;
  });
  for (const key of keys.unseal.slice(0, 3)) await api.ask('Unseal', 'PUT', 'sys/unseal', { body: { key } });
  const health = { accept: [429, 472, 473, 501, 503] };
  await until('active', async () => (await api.ask('Wait', 'GET', 'sys/health', health)).status === 200);

  const root = api.as(keys.root);
  const living = (await site.stack.vault('LIST', 'opa/users')).body as { data: unknown };
  expect((await root.ask('List', 'LIST', 'opa/users')).body.data).toEqual(living.data);
  const one = (await site.stack.vault('GET', user)).body as { data: unknown };
  expect((await root.ask('Read', 'GET', user)).body.data).toEqual(one.data);
  const approle = (await readFile(join(site.stack.checkout, 'tmp/vault/approle-token'), 'utf8')).trim();
  for (const role of rolesInVault) {
    const { body: id } = await root.ask('Id', 'GET', `auth/approle/role/${role}/role-id`);
    const { body: secret } = await api.as(approle).ask('Secret', 'PUT', `auth/approle/role/${role}/secret-id`);
    const given = { role_id: dataOf(id).role_id, secret_id: dataOf(secret).secret_id } as Record<string, string>;
    expect((await api.ask('Log in', 'PUT', 'auth/approle/login', { body: given })).status, role).toBe(200);
  }
}, 180_000);

function dataOf(body: { readonly data?: unknown }): Record<string, unknown> {
  return body.data as Record<string, unknown>;
}

test('logs are there as they were on the host, with what Docker had kept', async () => {
  const at = await mkdtemp(join(folder, 'logs-'));
  const report = await openWith(at.slice(folder.length + 1), [site.keys.identity, forKeys.identity]);
  const lies = await filesUnder(join(at, 'logs'));
  expect(lies.some((path) => path.endsWith('logs/logs/.20240101_0.log'))).toBe(true);
  expect(lies).toContain(join(at, 'logs/vault/vault-audit.log'));
  const text = (await Promise.all(lies.map(async (path) => await readFile(path, 'utf8')))).join('');
  expect(text).toContain('CANARY-DONOR-000001');
  for (const service of ['redis', 'fluentd', 'vault', 'vault-runner']) {
    expect(report.files).toContain(join(at, `${service}.log`));
  }
  expect(await readFile(join(at, 'vault-runner.log'), 'utf8')).toContain('set up');
});

test('without the identity of the keys all but them is opened and verified, and that is said', async () => {
  const said: string[] = [];
  const report = await openWith('without', [site.keys.identity], (line) => void said.push(line));
  expect(report.unopened).toEqual(['vault-keys.tar.age']);
  expect(said.join()).toContain('does not open the keys of Vault');
  expect(report.files).toContain(join(folder, 'without/vault.tar'));
  const { root, unseal } = await site.stack.vaultKeys();
  for (const path of report.files.filter((it) => it.endsWith('vault.tar') || it.endsWith('.json'))) {
    const bytes = await readFile(path);
    for (const secret of [root, ...unseal]) expect(bytes.includes(secret)).toBe(false);
  }
  expect(await verifyWith([site.keys.identity])).toMatchObject({
    ...{ opened: true, unopened: ['vault-keys.tar.age'], backupId: made.backupId },
  });
  expect(await verifyWith([site.keys.identity, forKeys.identity])).toMatchObject({ opened: true, unopened: [] });
});

test('the logs alone, as a schedule backs them up, are verified and opened', async () => {
  const alone = await site.backUp({}, { include: ['logs'] });
  expect(await site.verify(alone.backupId)).toMatchObject({ opened: true, unopened: [], dumpsRead: false });
  const report = await openWith('alone', [site.keys.identity]);
  expect(report.backupId).toBe(alone.backupId);
  expect(report.files).toContain(join(folder, 'alone/logs'));
});
