import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RestoreReport, RestoreRequest } from '../../src/operations/restore.ts';
import { rollback } from '../../src/operations/rollback.ts';
import { expectWell, keptCopies, stamp } from '../faults/well.ts';
import { openTestSite, type TestSite } from '../site.ts';
import { writeAsOperator } from '../stack/operator.ts';
import type { ContainerName } from '../stack/services.ts';
import { refusalOf } from './bare-site.ts';
import {
  authorizationOf,
  databasesOf,
  entryAt,
  expectLogins,
  expectOwnKeys,
  pathsBelow,
  programsOf,
} from './vault-contents.ts';

const person = 'user4@canary.example.org';
const buckets = 'candig-ingest/aws/s3_example_org';

let site: TestSite;
let backedUp: Record<string, unknown>;
let backedUpBuckets: Record<string, unknown>;
let personsPrograms: readonly string[];
/** What lived when the restores began. */
let changed: Record<string, unknown>;
let databases: string;

beforeAll(async () => {
  site = await openTestSite({ vault: true, rows: 200, donors: 100 });
  await stamp(site, 'new');
  backedUp = await authorizationOf(site);
  backedUpBuckets = await bucketsOf();
  personsPrograms = await programsOf(site, person);
  await site.backUp({}, { include: ['databases', 'vault'] });
  await site.stack.vault('DELETE', `opa/users/${person}`);
  changed = await authorizationOf(site);
  await stamp(site, 'old');
  databases = await databasesOf(site);
}, 300_000);
afterAll(async () => await site?.[Symbol.asyncDispose]());

async function bucketsOf(): Promise<Record<string, unknown>> {
  const paths = await pathsBelow(site.stack, buckets);
  return Object.fromEntries(await Promise.all(paths.map(async (path) => [path, await entryAt(site.stack, path)])));
}

/** Restores authorization alone, and first has it refused to give access back that nobody said yes to. */
async function restoreAlone(request: Partial<RestoreRequest>): Promise<RestoreReport> {
  const alone = { include: ['vault'], ...request } as const;
  const returned = Number(/^\d+/.exec((await refusalOf(site.restore({}, alone))).message)?.[0]);
  return await site.restore({}, { ...alone, acceptReturned: returned });
}

async function rollBack() {
  const host = { remote: site.remote, project: site.stack.project };
  return await rollback({ site: site.site, host, services: [], confirm: site.site }, site.context());
}

/** When each of these containers was last started. */
async function startsOf(...names: ContainerName[]): Promise<string> {
  const { docker, containers } = site.stack;
  return await docker('inspect', '--format={{.Name}} {{.State.StartedAt}}', ...names.map((name) => containers[name]));
}

/** The databases are those that lived all along, with what was in them, and none was copied. */
async function expectDatabasesUntouched(): Promise<void> {
  expect(await expectWell(site)).toBe('old');
  expect(await databasesOf(site)).toBe(databases);
  expect(await keptCopies(site)).toEqual([]);
}

const thoseOfData = ['postgres-db', 'katsu', 'htsget', 'candig-ingest'] as const;

describe('secrets alone', () => {
  test('come back and go again, and nothing is stopped for it', { timeout: 300_000 }, async () => {
    const running = [...thoseOfData, 'vault', 'query', 'opa', 'opa-runner'] as const;
    const starts = await startsOf(...running);
    const report = await restoreAlone({});
    expect(report).toMatchObject({ databases: [], services: [], authorization: { mode: 'secrets' } });
    expect(await authorizationOf(site)).toEqual(backedUp);
    expect(await programsOf(site, person)).toEqual(personsPrograms);
    await expectDatabasesUntouched();
    await expectLogins(site);

    expect(await rollBack()).toMatchObject({ undone: report.runId, databases: [], authorization: 'secrets' });
    expect(await authorizationOf(site)).toEqual(changed);
    expect(await programsOf(site, person)).toEqual([]);
    await expectDatabasesUntouched();
    await expectLogins(site);
    expect(await startsOf(...running)).toBe(starts);
  });

  test('come back with one more store that was named, and without it that is left alone', {
    timeout: 300_000,
  }, async () => {
    const [first = '', second = ''] = Object.keys(backedUpBuckets);
    await site.stack.vault('DELETE', first);
    await site.stack.vault('PUT', second, { url: 'elsewhere.example.org' });
    await site.stack.vault('PUT', `${buckets}/late`, { url: 'late.example.org' });
    const changedBuckets = await bucketsOf();

    await restoreAlone({});
    expect(await authorizationOf(site)).toEqual(backedUp);
    expect(await bucketsOf()).toEqual(changedBuckets);
    await rollBack();

    const report = await restoreAlone({ authorizationStores: ['candig-ingest/aws/*'] });
    expect(report.authorization?.stores).toContainEqual({
      ...{ store: 'candig-ingest/aws/*', adds: 1, changes: 1, removals: 1 },
    });
    expect(await bucketsOf()).toEqual(backedUpBuckets);
    expect(await authorizationOf(site)).toEqual(backedUp);
    await rollBack();
    expect(await bucketsOf()).toEqual(changedBuckets);
    expect(await authorizationOf(site)).toEqual(changed);
  });

  test('leave alone what the running site has of its own: Keycloak’s, tokens of services, paths', {
    timeout: 300_000,
  }, async () => {
    const { stack } = site;
    const keycloakLogin = async () =>
      (await fetch(`http://127.0.0.1:${stack.ports['candig-ingest']}/keycloak-login`)).status;
    const [tokenThen = ''] = await pathsBelow(stack, 'katsu/token');
    const secret = await readFile(join(stack.checkout, 'tmp/keycloak/client-secret'), 'utf8');
    // Keycloak was given another secret since, a service another token, and OPA other paths and another issuer.
    await writeAsOperator(stack.checkout, 'tmp/keycloak/client-secret', 'a-newer-secret');
    const own: Record<string, unknown> = {
      'keycloak/client-secret': { value: 'a-newer-secret' },
      'keycloak/client-id': { value: 'another_candig' },
      'keycloak/other': { value: 'of a newer release' },
      'katsu/token/newer': { token: 'newer' },
      'opa/paths': { paths: { read: { get: ['/v4/?.*'] } } },
      'opa/data': { keys: [{ cert: 'another', iss: 'http://another.example.org', aud: 'account' }] },
    };
    for (const [path, entry] of Object.entries(own)) await stack.vault('PUT', path, entry);
    await stack.vault('DELETE', tokenThen);
    expect(await keycloakLogin()).toBe(200);
    const expectOwn = async (): Promise<void> => {
      for (const [path, entry] of Object.entries(own))
        expect([path, await entryAt(stack, path)]).toEqual([path, entry]);
      expect(await entryAt(stack, tokenThen)).toBeUndefined();
      expect(await keycloakLogin()).toBe(200);
      await expectLogins(site);
    };

    // Also where all of the store that the paths are in was asked for.
    await restoreAlone({ authorizationStores: ['opa/*', 'katsu/*'] });
    expect(await authorizationOf(site)).toEqual(backedUp);
    expect(await programsOf(site, person)).toEqual(personsPrograms);
    await expectOwn();
    await rollBack();
    expect(await authorizationOf(site)).toEqual(changed);
    await expectOwn();
    await writeAsOperator(stack.checkout, 'tmp/keycloak/client-secret', secret);
    await stack.vault('PUT', 'keycloak/client-secret', { value: secret.trim() });
  });
});

describe('a whole Vault alone', () => {
  test('takes the place of the living one and gives it back, and the databases stay', {
    timeout: 400_000,
  }, async () => {
    const keys = await expectOwnKeys(site);
    const starts = await startsOf(...thoseOfData);
    const report = await restoreAlone({ authorization: 'whole' });
    expect(report).toMatchObject({ databases: [], authorization: { mode: 'whole' } });
    expect(await authorizationOf(site)).toEqual(backedUp);
    expect(await expectOwnKeys(site)).toBe(keys);
    expect(await programsOf(site, person)).toEqual(personsPrograms);
    await expectDatabasesUntouched();
    await expectLogins(site);

    expect(await rollBack()).toMatchObject({ undone: report.runId, databases: [], authorization: 'whole' });
    expect(await authorizationOf(site)).toEqual(changed);
    expect(await expectOwnKeys(site)).toBe(keys);
    expect(await programsOf(site, person)).toEqual([]);
    await expectDatabasesUntouched();
    await expectLogins(site);
    expect(await startsOf(...thoseOfData)).toBe(starts);
  });
});
