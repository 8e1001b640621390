import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSsh } from '../../../src/remote/ssh.ts';
import { openVaultApi } from '../../../src/sources/vault/api.ts';
import { compareAuthorization } from '../../../src/sources/vault/compare.ts';
import { type Entries, type Entry, listPaths, readEntries } from '../../../src/sources/vault/entries.ts';
import { stageVault } from '../../../src/sources/vault/stage.ts';
import { authorizationStores, parseStores } from '../../../src/sources/vault/stores.ts';
import { startSshd } from '../../remote/sshd.ts';
import { startVault, type TestVault } from './vault.ts';

let vault: TestVault;

beforeAll(async () => {
  vault = await startVault();
  for (const mount of ['opa', 'candig-ingest', 'keycloak', 'federation', 'katsu']) {
    await vault.api.ask('Mount', 'PUT', `sys/mounts/${mount}`, { body: { type: 'kv', options: { version: '1' } } });
  }
});
afterAll(async () => await vault?.[Symbol.asyncDispose]());

const only = (store: string, entries: Readonly<Record<string, Entry>>): Entries =>
  new Map([[store, new Map(Object.entries(entries))]]);

test('reads what is authorization, and what is named beside it, and nothing else', async () => {
  await vault.put('opa/programs', { programs: ['P1'] });
  await vault.put('opa/programs/P1', { program_id: 'P1', team_members: ['a@x'] });
  await vault.put('opa/users/a@x', { programs: { P1: { end_date: '2030-01-01' } } });
  await vault.put('opa/users/folder/b@x', { programs: {} });
  await vault.put('opa/site_roles', { admin: ['a@x'] });
  await vault.put('opa/paths', { paths: { read: {} } });
  await vault.put('opa/data', { keys: ['certificate'] });
  await vault.put('opa/token/katsu', { token: 'service token' });
  await vault.put('katsu/token/query', { token: 'service token' });
  await vault.put('katsu/settings', { a: 1 });
  await vault.put('keycloak/client-secret', { value: 'secret' });
  await vault.put('candig-ingest/aws/bucket', { key: 'x' });
  await vault.put('federation/servers', { servers: [] });

  const standard = await readEntries(vault.api, authorizationStores);
  expect([...standard].map(([store, entries]) => [store, [...entries.keys()].sort()])).toEqual([
    ['opa/programs', ['opa/programs']],
    ['opa/programs/*', ['opa/programs/P1']],
    ['opa/users/*', ['opa/users/a@x', 'opa/users/folder/b@x']],
    ['opa/site_roles', ['opa/site_roles']],
    ['opa/pending_users', []],
  ]);
  const more = await readEntries(
    vault.api,
    parseStores(['candig-ingest/aws/*', 'federation/servers', 'katsu/*', 'nosuch/*']),
  );
  expect([...more].slice(5).map(([store, entries]) => [store, [...entries.keys()]])).toEqual([
    ['candig-ingest/aws/*', ['candig-ingest/aws/bucket']],
    ['federation/servers', ['federation/servers']],
    ['katsu/*', ['katsu/settings']],
    ['nosuch/*', []],
  ]);
  // Asked for all of opa, what is the running site's stays out as well, and nothing is there twice.
  const all = await readEntries(vault.api, parseStores(['opa/*']));
  const paths = [...all.values()].flatMap((entries) => [...entries.keys()]);
  expect(paths).toHaveLength(new Set(paths).size);
  expect(paths.filter((path) => /token|paths|data/.test(path))).toEqual([]);
  expect(await listPaths(vault.api, 'katsu/')).toEqual(['katsu/settings', 'katsu/token/query']);
});

test('refuses to be told to restore what belongs to the running site, or what is no path', () => {
  const refused = [
    ...['keycloak/*', 'keycloak/client-secret', 'opa/paths', 'opa/data', 'opa/data/*', 'katsu/token/*', 'sys/mounts'],
    ...['auth/token/*', 'candig-backup-12345678/*', 'opa', '*', '*/token/*', '/opa/users', 'opa/../sys/*', 'opa/us*rs'],
    ...['opa//users', 'opa/users/', 'opa/a b', 'identity/*', ''],
  ];
  for (const store of refused) expect(() => parseStores([store])).toThrow(/authorization-stores/);
  expect(parseStores(['opa/users/*', 'federation/servers'])).toEqual([...authorizationStores, 'federation/servers']);
});

test('counts what would change by store, and orders it so that access is taken before it is given', () => {
  const living = only('opa/users/*', {
    'opa/users/a': { p: ['P1'] },
    'opa/users/b': { p: ['P2'] },
    'opa/users/d': { p: [] },
  });
  const wanted = only('opa/users/*', {
    'opa/users/b': { p: ['P1'] },
    'opa/users/c': { p: ['P1', 'P2'] },
    'opa/users/d': { p: [] },
  });
  const { stores, returned, differences } = compareAuthorization(wanted, living);
  expect(stores).toEqual([{ store: 'opa/users/*', adds: 1, changes: 1, removals: 1 }]);
  expect(returned).toBe(3);
  expect(differences.map(({ path }) => path)).toEqual(['opa/users/a', 'opa/users/b', 'opa/users/c']);
  expect(compareAuthorization(living, living)).toMatchObject({ returned: 0, differences: [] });
});

test.each<[string, Entry, Entry | undefined, number]>([
  ['a program that was taken away', { p: ['P1', 'P2'] }, { p: ['P2'] }, 1],
  ['the same in another order', { p: ['P1', 'P2'] }, { p: ['P2', 'P1'] }, 0],
  ['less than there is', { p: ['P1'] }, { p: ['P1', 'P2'] }, 0],
  ['nothing', {}, { p: ['P1'] }, 0],
  ['a user who is gone', { p: { P1: { until: '2030' } }, admin: true }, undefined, 2],
  ['another end date', { p: { P1: { until: '2031' } } }, { p: { P1: { until: '2030' } } }, 1],
  ['a program that is a name only', { p: { P1: {} } }, { p: {} }, 1],
  ['a name with less behind it', { p: { P1: {} } }, { p: { P1: { until: '2030' } } }, 0],
  ['an empty list', { p: [] }, { p: ['P1'] }, 0],
  [
    'roles that changed places',
    {
      r: [
        { p: 'A', as: 'curator' },
        { p: 'B', as: 'member' },
      ],
    },
    {
      r: [
        { p: 'A', as: 'member' },
        { p: 'B', as: 'curator' },
      ],
    },
    2,
  ],
  ['nothing at all', { p: null }, {}, 0],
])('counts the grants that come back: %s', (_name, wanted, living, returned) => {
  const lives = only('s', living === undefined ? {} : { x: living });
  expect(compareAuthorization(only('s', { x: wanted }), lives).returned).toBe(returned);
});

/** The same Vault out of a backup, staged beside it, and both opened over SSH, as a restore has them. */
async function openBoth() {
  await using opened = new AsyncDisposableStack();
  const sshd = await startSshd();
  opened.defer(async () => await sshd.stop());
  const remote = opened.use(await openSsh(sshd));
  const tar = await vault.tarOfData();
  const { project, image, keys } = vault;
  const { signal } = new AbortController();
  const toStage = { keys, sizeBytes: tar.length, open: async () => Readable.from([tar]) };
  const staging = { host: remote, project, runId: 'run-compare', image, signal };
  const staged = opened.use(await stageVault(remote, toStage, staging));
  const living = opened.use(openVaultApi(remote, vault.container, { signal }));
  const held = opened.move();
  const close = async () => await held.disposeAsync();
  return { staged: staged.api, living: living.as(keys.rootToken), [Symbol.asyncDispose]: close };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const fromMs = performance.now();
  await work();
  return Math.round(performance.now() - fromMs);
}

test.each([
  [1_000, 5_000],
  [10_000, 60_000],
])(
  'reads and compares %d users, in a backup and in the living Vault, within %d ms',
  { timeout: 900_000 },
  async (count, withinMs) => {
    const users = Array.from({ length: count }, (_, at) => `opa/users/user${at}@site.org`);
    await Promise.all(users.map(async (path, at) => await vault.put(path, { programs: { [`P${at % 7}`]: { at } } })));
    await using both = await openBoth();
    await Promise.all(users.slice(0, 50).map(async (path) => await vault.put(path, { programs: {} })));
    const compare = async (): Promise<void> => {
      const wanted = await readEntries(both.staged, authorizationStores);
      const { stores, returned } = compareAuthorization(wanted, await readEntries(both.living, authorizationStores));
      expect(stores).toContainEqual({ store: 'opa/users/*', adds: 0, changes: 50, removals: 0 });
      expect(returned).toBe(50);
    };
    let tookMs = await timed(compare);
    let allowedMs = withinMs;
    for (let more = 3; more > 0 && tookMs >= allowedMs; more -= 1) {
      // On a machine that is too busy for that, no more than four times what reading one of the two without SSH takes there.
      const plainMs = await timed(async () => await readEntries(vault.api, authorizationStores));
      allowedMs = Math.max(withinMs, 4 * plainMs);
      tookMs = await timed(compare);
    }
    console.log(`${count} users read on both sides over SSH and compared in ${tookMs} ms of ${allowedMs} ms`);
    expect(tookMs).toBeLessThan(allowedMs);
  },
);
