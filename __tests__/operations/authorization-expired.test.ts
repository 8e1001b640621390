import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pLimit from 'p-limit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stamp } from '../faults/well.ts';
import { openTestSite, type TestSite } from '../site.ts';
import { until } from '../stack/until.ts';
import { authorizationOf, expectLogins, programsOf } from './vault-contents.ts';

const person = 'user3@canary.example.org';
/** Long enough for a backup on a busy machine. */
const lifeS = 120;
/** Tokens of the services that were logged in when the copy was made. */
const logins = 2_000;

let site: TestSite;
let token: string;

beforeAll(async () => {
  site = await openTestSite({ vault: true, rows: 200, donors: 100 });
  await stamp(site, 'new');
  token = (await readFile(join(site.stack.checkout, 'tmp/vault/approle-token'), 'utf8')).trim();
  // It makes the token again when it finds it gone, which is not what is tried here.
  await site.stack.docker('stop', site.stack.containers['vault-runner']);
}, 300_000);
afterAll(async () => await site?.[Symbol.asyncDispose]());

/** How long the token by which services ask for secret ids has to live; undefined if Vault does not know it. */
async function lifeLeftS(): Promise<number | undefined> {
  const { status, body } = await site.stack.vault('PUT', 'auth/token/lookup', { token });
  return status === 200 ? (body as { readonly data: { readonly ttl: number } }).data.ttl : undefined;
}

test('a copy whose approle token has ended since gives a Vault into which every service logs in, and goes on to', {
  timeout: 900_000,
}, async () => {
  const { stack } = site;
  const limit = pLimit(8);
  const make = async () => await stack.vault('PUT', 'auth/token/create', { policies: ['katsu'], ttl: `${lifeS}s` });
  await Promise.all(Array.from({ length: logins }, () => limit(make)));
  await stack.vault('PUT', 'auth/token/revoke', { token });
  const short = { id: token, policies: ['approle'], ttl: `${lifeS}s`, renewable: false };
  expect((await stack.vault('PUT', 'auth/token/create/approle', short)).status).toBe(200);
  const backedUp = await authorizationOf(site);
  await site.backUp({}, { include: ['vault'] });
  expect(await lifeLeftS(), 'seconds it had left when it had been copied').toBeGreaterThan(0);
  await until('the token to end', async () => (await lifeLeftS()) === undefined, 2 * lifeS * 1000);
  expect(await stack.vaultLogin('katsu')).toBe(403);

  const report = await site.restore({}, { include: ['vault'], authorization: 'whole' });
  expect(report.authorization).toMatchObject({ mode: 'whole', returned: 0 });
  await expectLogins(site);
  // Vault revokes what has ended when it has time to: the token of that name must not be taken along.
  await delay(65_000);
  await expectLogins(site);
  expect(await lifeLeftS()).toBeGreaterThan(24 * 3600);
  expect(await authorizationOf(site)).toEqual(backedUp);
  expect((await programsOf(site, person)).length).toBeGreaterThan(0);
});
