import { afterAll, beforeAll, expect, test } from 'vitest';
import { openVaultApi, openVaultOver } from '../../../src/sources/vault/api.ts';
import { isObject, parseJson, toJson } from '../../../src/sources/vault/exact-json.ts';
import { isRootOf, parseVaultKeys, readSealStatus, unseal } from '../../../src/sources/vault/keys.ts';
import { docker } from '../../stack/run.ts';
import { until } from '../../stack/until.ts';
import { startVault, type TestVault } from './vault.ts';

let vault: TestVault;

beforeAll(async () => {
  vault = await startVault();
  await vault.api.ask('Mount', 'PUT', 'sys/mounts/opa', { body: { type: 'kv' } });
});
afterAll(async () => await vault?.[Symbol.asyncDispose]());

/** How many processes in the container are connections of ours. */
async function connectionsThere(): Promise<number> {
  const top = await docker(['top', vault.container, '-eo', 'pid,args']);
  return top.split('\n').filter((line) => /nc 127|\/dev\/tcp/.test(line)).length;
}

test('writes and reads a thousand entries over four connections, and leaves none behind', async () => {
  const api = openVaultApi(vault.remote, vault.container);
  const mine = api.as(vault.keys.rootToken);
  const names = Array.from({ length: 1000 }, (_, at) => `opa/users/user-${at}@site.org`);
  const fromMs = performance.now();
  await Promise.all(names.map(async (name, at) => await mine.ask('Put', 'PUT', name, { body: { at } })));
  const writtenMs = performance.now();
  const read = await Promise.all(names.map(async (name) => await mine.ask('Get', 'GET', name)));
  const readMs = performance.now();
  expect(read.map(({ body }) => (isObject(body.data) ? body.data.at : undefined))).toEqual(names.map((_, at) => at));
  console.log(`1000 writes ${Math.round(writtenMs - fromMs)} ms, reads ${Math.round(readMs - writtenMs)} ms`);
  expect(await connectionsThere()).toBe(4 + (await poolOf()));
  await api[Symbol.asyncDispose]();
  expect(await connectionsThere()).toBe(await poolOf());
});

/** Connections that the test's own way to Vault holds open. */
let pool: number | undefined;
async function poolOf(): Promise<number> {
  pool ??= (await connectionsThere()) - 4;
  return pool;
}

test('keeps names and values as they are, whatever stands in them', async () => {
  const name = 'opa/users/ü b+c?d#e%2f/é';
  const text = '{"big":12345678901234567890,"deep":[{"a":null,"b":[]}],"float":1.10,"__proto__":"x","line":"a\\nb"}';
  await vault.api.ask('Put', 'PUT', name, { body: parseJson(text) });
  const { body } = await vault.api.ask('Get', 'GET', name);
  expect(toJson(body.data ?? null)).toBe(toJson(parseJson(text)));
  expect(toJson(body.data ?? null)).toContain('12345678901234567890');
  const { body: listed } = await vault.api.ask('List', 'LIST', 'opa/users/ü b+c?d#e%2f');
  expect(listed.data).toEqual({ keys: ['é'] });
});

test('tells a refused token, an unknown path and a sealed Vault apart, and says no more than that', async () => {
  const secret = 'opa/users/name-of-a-person';
  await expect(vault.connection.as('wrong').ask('Get it', 'GET', secret)).rejects.toMatchObject({
    code: 'vault-unusable',
    message: 'Get it: Vault answered 403',
  });
  await expect(vault.api.ask('Get it', 'GET', secret)).rejects.toMatchObject({ message: 'Get it: Vault answered 404' });
  await vault.api.ask('Seal', 'PUT', 'sys/seal');
  await expect(vault.api.ask('Get it', 'GET', secret)).rejects.toMatchObject({ code: 'vault-sealed' });
  await unseal(vault.connection, vault.keys);
  expect(await readSealStatus(vault.connection)).toEqual({ isInitialized: true, isSealed: false, threshold: 3 });
});

test('speaks to Vault where the image has no nc', async () => {
  await vault.exec(
    'sh',
    '-c',
    'for n in $(command -v nc) /bin/nc.openbsd; do mv -f $n $n.away 2>/dev/null; done; true',
  );
  try {
    const api = openVaultApi(vault.remote, vault.container);
    const before = await connectionsThere();
    const answers = await Promise.all(
      Array.from({ length: 8 }, async () => await api.as(vault.keys.rootToken).ask('Look', 'GET', 'sys/mounts')),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    expect(await connectionsThere()).toBeGreaterThan(before);
    await api[Symbol.asyncDispose]();
    await until('bash to end', async () => (await connectionsThere()) === before);
  } finally {
    await vault.exec(
      'sh',
      '-c',
      'for n in /bin /usr/bin; do for f in $n/nc*.away; do [ -e $f ] && mv -f $f $(echo $f | sed s/.away//); done; done; true',
    );
  }
});

test('says what is wrong where there is nobody to speak to', async () => {
  const gone = openVaultApi(vault.remote, '0'.repeat(64));
  await expect(gone.ask('Look', 'GET', 'sys/mounts')).rejects.toMatchObject({ code: 'service-replaced' });
  const deaf = openVaultOver(() => vault.remote.open(['false']), 'here');
  await expect(deaf.ask('Look', 'GET', 'sys/mounts')).rejects.toMatchObject({ code: 'command-failed' });
  const mute = openVaultOver(() => vault.remote.open(['cat']), 'here');
  await expect(mute.ask('Look', 'GET', 'sys/mounts')).rejects.toMatchObject({ code: 'vault-unusable' });
  const slow = openVaultOver(() => vault.remote.open(['sleep', '60']), 'here');
  await expect(slow.ask('Look', 'GET', 'sys/mounts', { timeoutMs: 200 })).rejects.toMatchObject({ code: 'timed-out' });
  const stop = new AbortController();
  const stopped = openVaultApi(vault.remote, vault.container, { signal: stop.signal });
  await stopped.ask('Look', 'GET', 'sys/seal-status');
  stop.abort();
  await expect(stopped.ask('Look', 'GET', 'sys/seal-status')).rejects.toMatchObject({ code: 'cancelled' });
});

test('reads the file of keys, and refuses one that is not whole', () => {
  expect(parseVaultKeys(vault.keysText)).toEqual(vault.keys);
  expect(vault.keys.shares).toHaveLength(5);
  expect(parseVaultKeys(vault.keysText.replaceAll('\n', '\r\n'))).toEqual(vault.keys);
  const lines = vault.keysText.split('\n');
  const damaged = [
    '',
    lines.slice(0, -2).join('\n'),
    lines.slice(1).join('\n'),
    vault.keysText.replace('root:', 'toor:'),
    `${vault.keysText}more\n`,
    vault.keysText.replace(/[A-Za-z0-9+/=]{40,}/, '<html>'),
  ];
  for (const text of damaged) {
    const error = (() => {
      try {
        return parseVaultKeys(text);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toMatchObject({ code: 'vault-keys-wrong' });
  }
});

test('does not unseal with the keys of another Vault, and does with its own afterwards', async () => {
  await vault.api.ask('Seal', 'PUT', 'sys/seal');
  const other = { ...vault.keys, shares: vault.keys.shares.map((share) => `AAAA${share.slice(4)}`) };
  await expect(unseal(vault.connection, other)).rejects.toMatchObject({ code: 'vault-keys-wrong' });
  await expect(unseal(vault.connection, { ...other, shares: [] })).rejects.toMatchObject({ code: 'vault-keys-wrong' });
  await unseal(vault.connection, vault.keys);
  expect(await isRootOf(vault.connection, vault.keys.rootToken)).toBe(true);
  expect(await isRootOf(vault.connection, 'hvs.another')).toBe(false);
});
