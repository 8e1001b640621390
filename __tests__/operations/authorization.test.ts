import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isBackupError } from '../../src/errors.ts';
import type { BackupReport } from '../../src/operations/backup.ts';
import { rollback } from '../../src/operations/rollback.ts';
import { expectWell, flushCache, stamp, stampOf } from '../faults/well.ts';
import { openTestSite, type TestSite } from '../site.ts';
import { rolesInVault } from '../stack/vault-policies.ts';

let site: TestSite;
let made: BackupReport;

const all = { include: ['databases', 'vault'] as const };

/** What lives in Vault of authorization, and of what belongs to the site; as text. */
async function authorizationOf({ stack }: TestSite): Promise<string> {
  const { body } = await stack.vault('LIST', 'opa/users');
  const names = ((body as { data?: { keys?: string[] } }).data?.keys ?? []).sort();
  const entries = await Promise.all(names.map(async (name) => (await stack.vault('GET', `opa/users/${name}`)).body));
  const roles = await stack.vault('GET', 'opa/site_roles');
  return JSON.stringify([
    names,
    entries.map((it) => (it as { data: unknown }).data),
    (roles.body as { data: unknown }).data,
  ]);
}

async function expectLogins({ stack }: TestSite): Promise<void> {
  for (const role of rolesInVault) expect(await stack.vaultLogin(role), role).toBe(200);
}

beforeAll(async () => {
  site = await openTestSite({ vault: true, rows: 200, donors: 100 });
  await stamp(site, 'new');
  made = await site.backUp({}, { include: ['databases', 'vault', 'logs'] });
}, 300_000);
afterAll(async () => await site?.[Symbol.asyncDispose]());

test('a backup of everything is complete, and its parts are all there', async () => {
  expect(made.status).toBe('complete');
  expect(made.parts.map(({ name, status }) => `${name} ${status}`)).toEqual([
    'databases complete',
    'vault complete',
    'logs complete',
  ]);
  expect((await site.verify(made.backupId)).opened).toBe(true);
});

describe('secrets', () => {
  test('come back with the databases in one outage, and go again with a rollback', { timeout: 120_000 }, async () => {
    const before = await authorizationOf(site);
    await stamp(site, 'old');
    await flushCache(site);
    const { stack } = site;
    await stack.vault('DELETE', 'opa/users/user3@canary.example.org');
    await stack.vault('POST', 'opa/users/late@canary.example.org', { late: { program_id: 'x' } });
    const changed = await authorizationOf(site);
    expect(changed).not.toBe(before);

    const refused = await site.restore({}, all).catch((error: unknown) => error);
    expect(isBackupError(refused, 'restore-refused')).toBe(true);
    const returned = Number(/^\d+/.exec((refused as Error).message)?.[0]);
    expect(returned).toBeGreaterThan(0);
    expect(await authorizationOf(site)).toBe(changed);

    const report = await site.restore({}, { ...all, acceptReturned: returned });
    expect(report.authorization).toMatchObject({ mode: 'secrets', returned });
    expect(await authorizationOf(site)).toBe(before);
    expect(await stampOf(site)).toBe('new');
    await expectLogins(site);
    expect(await expectWell(site)).toBe('new');

    const host = { remote: site.remote, project: stack.project };
    const back = await rollback({ site: site.site, host, services: [], confirm: site.site }, site.context());
    expect(back).toMatchObject({ undone: report.runId, authorization: 'secrets', databases: ['clinical', 'genomic'] });
    expect(await authorizationOf(site)).toBe(changed);
    expect(await stampOf(site)).toBe('old');
    expect(await expectWell(site)).toBe('old');
  });
});

describe('a whole Vault', () => {
  test('comes back into a site whose own was lost and built again', { timeout: 240_000 }, async () => {
    const { stack } = site;
    await stamp(site, 'old');
    await stack.rebuildVault();
    const refused = await site.restore({}, { ...all, authorization: 'whole' }).catch((error: unknown) => error);
    const returned = Number(/^\d+/.exec((refused as Error).message)?.[0]);
    const report = await site.restore({}, { ...all, authorization: 'whole', acceptReturned: returned });
    expect(report.authorization).toMatchObject({ mode: 'whole' });
    await expectLogins(site);
    expect(await expectWell(site)).toBe('new');
    const host = { remote: site.remote, project: stack.project };
    await rollback({ site: site.site, host, services: [], confirm: site.site }, site.context());
    await expectLogins(site);
    expect(await expectWell(site)).toBe('old');
  });
});
