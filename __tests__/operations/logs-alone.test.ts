import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { open } from '../../src/operations/open.ts';
import { parseIdentities } from '../../src/seal/identities.ts';
import { parsePublicKey } from '../../src/seal/minisign.ts';
import { filesUnder, openTestSite, type TestSite } from '../site.ts';

let site: TestSite;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'candig-logs-alone-'));
  site = await openTestSite({ vault: true, rows: 200, donors: 100 });
  const { docker, containers } = site.stack;
  const { sshd: _, fluentd, ...others } = containers;
  // fluentd last: the others flush their logs into it.
  await docker('stop', '--time', '2', ...Object.values(others));
  await docker('stop', '--time', '2', fluentd);
});
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const states = async () => {
  const project = `label=com.docker.compose.project=${site.stack.project}`;
  return await site.stack.docker('ps', '--all', '--filter', project, '--format', '{{.Names}} {{.State}}');
};

/** Backs up the logs and opens them; holds what comes out against what lies on the host. */
async function expectWholeLogs(into: string): Promise<void> {
  const before = await states();
  expect(before).not.toContain('running');
  const report = await site.backUp({}, { include: ['logs'] });
  expect(report).toMatchObject({ status: 'complete', healed: [], parts: [{ name: 'logs', status: 'complete' }] });
  expect(await states()).toBe(before);
  expect((await site.verify(report.backupId)).opened).toBe(true);

  const { store, keys, stack } = site;
  const opening = { site: site.site, stores: [store], publicKey: parsePublicKey(keys.public), pgRestore: undefined };
  const request = { ...opening, backup: report.backupId as 'latest', identities: parseIdentities(keys.identity) };
  await open({ ...request, folder: join(folder, into), object: undefined }, site.context());
  const opened = new Map(
    (await filesUnder(join(folder, into))).map((path) => [relative(join(folder, into), path), path]),
  );
  const logs = join(stack.checkout, 'tmp/logs');
  const kept = await filesUnder(logs);
  expect(kept.length).toBeGreaterThan(5);
  for (const path of kept) {
    const copy = opened.get(join('logs/logs', relative(logs, path)));
    expect(await readFile(copy ?? 'none'), path).toEqual(await readFile(path));
  }
  const audit = await readFile(opened.get('logs/vault/vault-audit.log') ?? 'none', 'utf8');
  expect(audit).toContain('"path":"auth/approle/login"');
  expect(await readFile(opened.get('vault.log') ?? 'none', 'utf8')).toContain('Vault server started');
}

test('the logs alone are backed up whole, and open, with every container of the stack stopped', async () => {
  await expectWholeLogs('stopped');
});

test('and with the container of the databases gone as well', async () => {
  await site.stack.docker('rm', '--force', site.stack.containers['postgres-db']);
  await expectWholeLogs('gone');
});
