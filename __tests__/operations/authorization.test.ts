import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackupReport } from '../../src/operations/backup.ts';
import { rollback } from '../../src/operations/rollback.ts';
import { expectWell, flushCache, stamp, stampOf } from '../faults/well.ts';
import { openTestSite, type TestSite } from '../site.ts';
import { refusalOf } from './bare-site.ts';
import { authorizationOf, expectLogins, expectOwnKeys, programsOf } from './vault-contents.ts';

const person = 'user3@canary.example.org';
const newcomer = 'late@canary.example.org';

let site: TestSite;
let made: BackupReport;
/** What was backed up. */
let backedUp: Record<string, unknown>;
let backedUpKeys: string;
let personsPrograms: readonly string[];

const all = { include: ['databases', 'vault'] as const };

async function rollBack() {
  const host = { remote: site.remote, project: site.stack.project };
  return await rollback({ site: site.site, host, services: [], confirm: site.site }, site.context());
}

/** Takes a person's access away and gives some to another, in a site whose data moved on. */
async function moveOn(): Promise<Record<string, unknown>> {
  await stamp(site, 'old');
  await flushCache(site);
  await site.stack.vault('DELETE', `opa/users/${person}`);
  await site.stack.vault('PUT', `opa/users/${newcomer}`, { programs: { LATE: { program_id: 'LATE' } } });
  return await authorizationOf(site);
}

beforeAll(async () => {
  site = await openTestSite({ vault: true, rows: 200, donors: 100 });
  await stamp(site, 'new');
  backedUp = await authorizationOf(site);
  backedUpKeys = await expectOwnKeys(site);
  personsPrograms = await programsOf(site, person);
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
  test('come back with the databases in one outage, and go again with a rollback', { timeout: 300_000 }, async () => {
    const changed = await moveOn();
    expect(changed).not.toEqual(backedUp);

    const refused = await refusalOf(site.restore({}, all));
    expect(refused.code).toBe('restore-refused');
    const returned = Number(/^\d+/.exec(refused.message)?.[0]);
    expect(returned).toBeGreaterThan(0);
    expect(await authorizationOf(site)).toEqual(changed);

    const report = await site.restore({}, { ...all, acceptReturned: returned });
    expect(report.authorization).toMatchObject({ mode: 'secrets', returned });
    expect(await authorizationOf(site)).toEqual(backedUp);
    expect(await programsOf(site, person)).toEqual(personsPrograms);
    expect(await stampOf(site)).toBe('new');
    await expectLogins(site);
    expect(await expectWell(site)).toBe('new');

    const back = await rollBack();
    expect(back).toMatchObject({ undone: report.runId, authorization: 'secrets', databases: ['clinical', 'genomic'] });
    expect(await authorizationOf(site)).toEqual(changed);
    expect(await programsOf(site, person)).toEqual([]);
    expect(await stampOf(site)).toBe('old');
    expect(await expectWell(site)).toBe('old');
  });
});

describe('a whole Vault', () => {
  test('comes back into a site whose own was lost and built again, and that one with a rollback', {
    timeout: 400_000,
  }, async () => {
    await site.stack.rebuildVault();
    const rebuilt = await moveOn();
    const rebuiltKeys = await expectOwnKeys(site);
    expect(rebuiltKeys).not.toBe(backedUpKeys);
    expect(Object.keys(rebuilt)).not.toContain(`opa/users/${person}`);
    expect(Object.keys(backedUp)).not.toContain(`opa/users/${newcomer}`);

    const asked = { ...all, authorization: 'whole' } as const;
    const returned = Number(/^\d+/.exec((await refusalOf(site.restore({}, asked))).message)?.[0]);
    expect(await authorizationOf(site)).toEqual(rebuilt);
    const report = await site.restore({}, { ...asked, acceptReturned: returned });
    expect(report.authorization).toMatchObject({ mode: 'whole', returned });
    expect(await authorizationOf(site)).toEqual(backedUp);
    expect(await expectOwnKeys(site)).toBe(backedUpKeys);
    expect(await programsOf(site, person)).toEqual(personsPrograms);
    expect(await programsOf(site, newcomer)).toEqual([]);
    await expectLogins(site);
    expect(await expectWell(site)).toBe('new');

    const back = await rollBack();
    expect(back).toMatchObject({ undone: report.runId, authorization: 'whole', databases: ['clinical', 'genomic'] });
    expect(await authorizationOf(site)).toEqual(rebuilt);
    expect(await expectOwnKeys(site)).toBe(rebuiltKeys);
    expect(await programsOf(site, person)).toEqual([]);
    expect(await programsOf(site, newcomer)).toEqual(['LATE']);
    await expectLogins(site);
    expect(await expectWell(site)).toBe('old');
  });
});
