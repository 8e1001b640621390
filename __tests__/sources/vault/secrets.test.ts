import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { isBackupError } from '../../../src/errors.ts';
import { endOtherWays, openVaultWay, type VaultApi } from '../../../src/sources/vault/api.ts';
import { type Entries, type Entry, listPaths, readEntries } from '../../../src/sources/vault/entries.ts';
import { toJson } from '../../../src/sources/vault/exact-json.ts';
import { unseal } from '../../../src/sources/vault/keys.ts';
import {
  forgetKept,
  listKept,
  listUnfinished,
  recoverSecrets,
  stageKeptSecrets,
  stageSecrets,
} from '../../../src/sources/vault/secrets.ts';
import { authorizationStores } from '../../../src/sources/vault/stores.ts';
import { docker } from '../../stack/run.ts';
import { until } from '../../stack/until.ts';
import { dyingApi, interruptedApi } from './broken-api.ts';
import { startVault, type TestVault } from './vault.ts';

const run = { runId: '20261125T120000Z-aaaa1111', at: '2026-11-25T12:00:00.000Z' };
const open = async (): Promise<void> => {};

/** Vault as `api` shows it, which is also the way that changes take. */
const by = (api: VaultApi) => ({
  root: api,
  openWay: async () => ({ ...api, [Symbol.asyncDispose]: async () => {} }),
});

/** As the backup has it: two users more, two fewer, and others otherwise than the living Vault. */
const backedUp: Readonly<Record<string, Entry>> = {
  'opa/programs': { programs: ['P1', 'P2'] },
  'opa/programs/P1': { program_id: 'P1', team_members: ['a@x'] },
  'opa/programs/P2': { program_id: 'P2', team_members: ['b@x'] },
  'opa/site_roles': { admin: ['a@x'], curator: [] },
  'opa/pending_users': { pending_users: {} },
  'opa/users/a@x': { programs: { P1: { end_date: '2030-01-01' } } },
  'opa/users/b@x': { programs: { P2: { end_date: '2030-01-01' } } },
  'opa/users/c@x': { programs: {} },
};
const living: Readonly<Record<string, Entry>> = {
  'opa/programs': { programs: ['P1', 'P3'] },
  'opa/programs/P1': { program_id: 'P1', team_members: ['a@x', 'd@x'] },
  'opa/programs/P3': { program_id: 'P3', team_members: [] },
  'opa/site_roles': { admin: ['a@x'], curator: ['d@x'] },
  'opa/pending_users': { pending_users: {} },
  'opa/users/a@x': { programs: {} },
  'opa/users/d@x': { programs: { P3: { end_date: '2031-01-01' } } },
};
/** What is the running site's own. */
const ofTheSite: Readonly<Record<string, Entry>> = {
  'opa/paths': { paths: { get: ['x'] } },
  'opa/data': { keys: [{ cert: 'living' }] },
  'keycloak/client-secret': { value: 'living' },
  'katsu/token/query': { token: 'living' },
};

let vault: TestVault;
let wanted: Entries;

async function fill(entries: Readonly<Record<string, Entry>>): Promise<void> {
  for (const mount of ['opa/', 'keycloak/', 'katsu/']) {
    for (const path of await listPaths(vault.api, mount)) await vault.api.ask('Clear', 'DELETE', path);
  }
  await Promise.all(
    Object.entries({ ...entries, ...ofTheSite }).map(async ([path, entry]) => await vault.put(path, entry)),
  );
}

/** Everything there is in the KV stores, ours too. */
async function everything(api: VaultApi = vault.api): Promise<Readonly<Record<string, string>>> {
  const { body } = await api.ask('Mounts', 'GET', 'sys/mounts');
  const mounts = Object.keys(body.data as object).filter((mount) => !/^(sys|identity|cubbyhole)\//.test(mount));
  const entries = await readEntries(api, [...mounts.map((mount) => `${mount}*`)]);
  const found = new Map([...entries.values()].flatMap((store) => [...store]));
  for (const path of Object.keys(ofTheSite)) found.set(path, ((await vault.get(path)) ?? {}) as Entry);
  for (const mount of mounts) if (mount.startsWith('candig-backup')) found.set(mount, {});
  return Object.fromEntries([...found].sort().map(([path, entry]) => [path, toJson(entry)]));
}

const asTexts = (entries: Readonly<Record<string, Entry>>) =>
  Object.fromEntries(
    Object.entries({ ...entries, ...ofTheSite })
      .sort()
      .map(([path, entry]) => [path, toJson(entry)]),
  );

beforeAll(async () => {
  vault = await startVault();
  for (const mount of ['opa', 'keycloak', 'katsu']) {
    await vault.api.ask('Mount', 'PUT', `sys/mounts/${mount}`, { body: { type: 'kv', options: { version: '1' } } });
  }
  await fill(backedUp);
  wanted = await readEntries(vault.api, authorizationStores);
});
afterAll(async () => await vault?.[Symbol.asyncDispose]());
beforeEach(async () => {
  for (const { run: kept } of await listKept(vault.api)) await forgetKept(vault.api, kept);
  await fill(living);
});

test("writes the difference, keeps what lived, and leaves what is the running site's alone", async () => {
  const secrets = await stageSecrets(by(vault.api), wanted, run);
  expect(secrets.comparison.stores).toEqual([
    { store: 'opa/programs', adds: 0, changes: 1, removals: 0 },
    { store: 'opa/programs/*', adds: 1, changes: 1, removals: 1 },
    { store: 'opa/users/*', adds: 2, changes: 1, removals: 1 },
    { store: 'opa/site_roles', adds: 0, changes: 1, removals: 0 },
    { store: 'opa/pending_users', adds: 0, changes: 0, removals: 0 },
  ]);
  await secrets.check();
  expect(await secrets.isSwapped()).toBe(false);
  const asked: string[] = [];
  await secrets.swap(async () => void asked.push(JSON.stringify(await everything())));
  expect(JSON.parse(asked[0] ?? '')).toEqual(asTexts(living));
  expect(await secrets.isSwapped()).toBe(true);
  expect(await listUnfinished(vault.api)).toEqual([run.runId]);
  await secrets.swap(open);
  await secrets.keep();
  await secrets.discard();
  expect(await listUnfinished(vault.api)).toEqual([]);
  expect(await listKept(vault.api)).toMatchObject([{ run: run.runId, role: 'previous', entries: 9 }]);
  const { 'candig-backup-aaaa1111/': mine, ...others } = await everything();
  expect(mine).toBeDefined();
  expect(others).toEqual(asTexts(backedUp));
  await forgetKept(vault.api, run.runId);
  expect(await everything()).toEqual(asTexts(backedUp));
});

test('changes nothing where the fence does not hold', async () => {
  const secrets = await stageSecrets(by(vault.api), wanted, run);
  const closed = async (): Promise<void> => {
    throw new Error('the lock is lost');
  };
  await expect(secrets.swap(closed)).rejects.toThrow('the lock is lost');
  expect(await everything()).toEqual(asTexts(living));
  await secrets.swap(open);
  const before = await everything();
  await expect(secrets.rollBack(closed)).rejects.toThrow('the lock is lost');
  expect(await everything()).toEqual(before);
  await secrets.rollBack(open);
  expect(await everything()).toEqual(asTexts(living));
});

test('puts back what was there, and can then be swapped in again', async () => {
  const secrets = await stageSecrets(by(vault.api), wanted, run);
  await secrets.swap(open);
  await secrets.rollBack(open);
  expect(secrets.leftToOthers()).toBe(0);
  expect(await everything()).toEqual(asTexts(living));
  expect(await secrets.isSwapped()).toBe(false);
  await secrets.rollBack(open);
  await secrets.swap(open);
  expect(await secrets.isSwapped()).toBe(true);
  await secrets.rollBack(open);
  expect(await everything()).toEqual(asTexts(living));
});

test.each([
  ['an entry it would change', 'opa/users/a@x', { programs: { P9: {} } }],
  ['an entry it would add', 'opa/users/b@x', { programs: { P9: {} } }],
  ['an entry it would remove', 'opa/users/d@x', { programs: { P9: {} } }],
  ['an entry it wrote already', 'opa/programs/P3', { program_id: 'P3', team_members: ['late'] }],
])('stops and undoes when another writer changed %s', async (name, path, entry) => {
  const at = name.includes('already') ? /^opa\/users\/c@x$/ : /^candig-backup-aaaa1111\/marker$/;
  const api = interruptedApi(vault.api, at, async () => await vault.put(path, entry));
  const secrets = await stageSecrets(by(api), wanted, run);
  await expect(secrets.swap(open)).rejects.toMatchObject({
    code: 'swap-failed',
    message: expect.stringContaining('Another writer'),
  });
  expect(await everything()).toEqual({ ...asTexts(living), [path]: toJson(entry) });
  expect(secrets.leftToOthers()).toBe(1);
});

test('undoes or keeps, whichever is told, after its process died before or after any of its writes', async () => {
  const count = dyingApi(vault.api, { at: Number.POSITIVE_INFINITY, edge: 'before' });
  const whole = await stageSecrets(by(count), wanted, run);
  await whole.swap(open);
  const writes = count.changes();
  await recoverSecrets(vault.api, run.runId, false);
  expect(writes).toBeGreaterThanOrEqual(15);
  let points = 0;
  for (const edge of ['before', 'after'] as const) {
    for (let at = 1; at <= writes; at += 1) {
      const api = dyingApi(vault.api, { at, edge });
      const secrets = await stageSecrets(by(api), wanted, run);
      await expect(secrets.swap(open), `${edge} write ${at}`).rejects.toThrow('dead');
      await recoverSecrets(vault.api, run.runId, false);
      expect(await everything(), `${edge} write ${at}`).toEqual(asTexts(living));
      expect(await listUnfinished(vault.api)).toEqual([]);
      points += 1;
    }
  }
  // The undoing may die as well, and so may the keeping.
  for (const edge of ['before', 'after'] as const) {
    for (let at = 1; at <= 10; at += 1) {
      await (await stageSecrets(by(vault.api), wanted, run)).swap(open);
      await recoverSecrets(dyingApi(vault.api, { at, edge }), run.runId, false).catch(() => {});
      await recoverSecrets(vault.api, run.runId, false);
      expect(await everything(), `undoing, ${edge} write ${at}`).toEqual(asTexts(living));
      points += 1;
    }
    const secrets = await stageSecrets(by(dyingApi(vault.api, { at: writes + 1, edge })), wanted, run);
    await secrets.swap(open);
    await expect(secrets.keep()).rejects.toThrow('dead');
    await recoverSecrets(vault.api, run.runId, true);
    expect(await listKept(vault.api)).toMatchObject([{ run: run.runId }]);
    // Recovering it again as if it had not been committed undoes nothing that is kept.
    await recoverSecrets(vault.api, run.runId, false);
    expect(await everything()).toMatchObject(asTexts(backedUp));
    await forgetKept(vault.api, run.runId);
    await fill(living);
    points += 1;
  }
  console.log(`${points} points of death, all old or all new after each`);
});

test('goes on where a first swap was cut off', async () => {
  for (const at of [1, 2, 3, 7, 12, 13, 14, 15, 18, 21]) {
    const first = await stageSecrets(by(dyingApi(vault.api, { at, edge: 'after' })), wanted, run);
    const second = await stageSecrets(by(vault.api), wanted, run);
    await expect(first.swap(open)).rejects.toThrow('dead');
    expect(await second.isSwapped()).toBe(false);
    await second.swap(open);
    expect(await second.isSwapped()).toBe(true);
    expect(await everything()).toMatchObject(asTexts(backedUp));
    await second.rollBack(open);
    expect(await everything()).toEqual(asTexts(living));
  }
});

test('undoes after Vault itself was killed in the midst of the writing', async () => {
  for (const matches of [/^sys\/mounts/, /entries\/000004/, /^opa\/users\/d@x$/, /^opa\/users\/c@x$/]) {
    const api = interruptedApi(vault.api, matches, async () => void (await docker(['kill', vault.container])));
    const secrets = await stageSecrets(by(api), wanted, run);
    const error: unknown = await secrets.swap(open).catch((reason: unknown) => reason);
    expect(isBackupError(error) && error.message).toMatch(/connection to Vault|not running|docker exec/);
    await docker(['start', vault.container]);
    await until('vault', async () => {
      await unseal(vault.connection, vault.keys);
      return true;
    });
    await recoverSecrets(vault.api, run.runId, false);
    expect(await everything(), String(matches)).toEqual(asTexts(living));
  }
});

test('changes nothing more once another run has closed its way', async () => {
  const mine = {
    root: vault.api,
    openWay: async (id: string) => {
      const way = await openVaultWay(vault.remote, vault.container, { run: id });
      return { ...way.as(vault.keys.rootToken), [Symbol.asyncDispose]: async () => await way[Symbol.asyncDispose]() };
    },
  };
  const secrets = await stageSecrets(mine, wanted, run);
  await secrets.swap(open);
  await secrets.rollBack(open);
  // Its own connections, and those of nobody's run, are not another run's.
  await secrets.swap(async () => await endOtherWays(vault.remote, vault.container, run.runId));
  await secrets.rollBack(open);
  // It has slept: the next run has taken the site over between its fence and its first change.
  const slept = secrets.swap(async () => await endOtherWays(vault.remote, vault.container, 'another run'));
  await expect(slept).rejects.toMatchObject({ name: expect.stringMatching(/BackupError|CommandError/) });
  expect(await everything()).toEqual(asTexts(living));
  await vault.api.ask('Look', 'GET', 'sys/mounts');
});

test('gives back what a restore kept, and keeps what lived in its turn', async () => {
  const restored = await stageSecrets(by(vault.api), wanted, run);
  await restored.swap(open);
  await restored.keep();
  const back = { runId: '20261126T120000Z-bbbb2222', at: '2026-11-26T12:00:00.000Z' };
  const rolled = await stageKeptSecrets(by(vault.api), run.runId, back);
  await rolled.check();
  await rolled.swap(open);
  expect(await everything()).toMatchObject(asTexts(living));
  await rolled.rollBack(open);
  expect(await everything()).toMatchObject(asTexts(backedUp));
  expect((await listKept(vault.api)).map(({ run: kept }) => kept)).toEqual([run.runId]);
  await rolled.swap(open);
  // Dead between the commit and the keeping: recovery goes forward, and the set that was put back is no copy any more.
  await recoverSecrets(vault.api, back.runId, true);
  expect((await listKept(vault.api)).map(({ run: kept }) => kept)).toEqual([back.runId]);
  const forth = await stageKeptSecrets(by(vault.api), back.runId, {
    runId: '20261127T120000Z-cccc3333',
    at: '2026-11-27T12:00:00.000Z',
  });
  await forth.swap(open);
  await forth.keep();
  await forgetKept(vault.api, '20261127T120000Z-cccc3333');
  expect(await everything()).toEqual(asTexts(backedUp));
  await expect(stageKeptSecrets(by(vault.api), run.runId, back)).rejects.toMatchObject({
    code: 'nothing-to-roll-back',
  });
});

test("refuses a backup without any authorization, which would take everybody's access away", async () => {
  const nothing: Entries = new Map(authorizationStores.map((store) => [store, new Map()]));
  await expect((await stageSecrets(by(vault.api), nothing, run)).check()).rejects.toMatchObject({
    code: 'check-failed',
  });
  expect(await everything()).toEqual(asTexts(living));
});

test('does not undo from a store that somebody has meddled with', async () => {
  const secrets = await stageSecrets(by(vault.api), wanted, run);
  await secrets.swap(open);
  const [first = ''] = await listPaths(vault.api, 'candig-backup-aaaa1111/entries/');
  const entry = (await vault.get(first)) as Entry;
  await vault.api.ask('Meddle', 'DELETE', first);
  const before = await everything();
  await expect(recoverSecrets(vault.api, run.runId, false)).rejects.toMatchObject({ code: 'needs-person' });
  await vault.put(first, { ...entry, previous: 'no JSON' });
  await expect(recoverSecrets(vault.api, run.runId, false)).rejects.toMatchObject({ code: 'needs-person' });
  await vault.put(first, entry);
  expect(await everything()).toEqual(before);
  await recoverSecrets(vault.api, run.runId, false);
  expect(await everything()).toEqual(asTexts(living));
});
