import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuthorizationReport } from '../../src/operations/authorization.ts';
import type { Given } from '../../src/request/inputs.ts';
import { parseRequest } from '../../src/request/parse.ts';
import { perform } from '../../src/run/perform.ts';
import { generateIdentity } from '../../src/seal/identities.ts';
import { parseRecipients } from '../../src/seal/recipients.ts';
import { ownContainers } from '../faults/vault-well.ts';
import { expectWell, stamp } from '../faults/well.ts';
import { openTestSite, type TestSite } from '../site.ts';
import { refusalOf } from './bare-site.ts';
import { authorizationOf, databasesOf, expectLogins, unsealVault } from './vault-contents.ts';

const forKeys = generateIdentity('x25519');
const person = 'opa/users/user5@canary.example.org';
const all = { include: ['databases', 'vault'] as const };

let site: TestSite;
let backedUp: Record<string, unknown>;
/** What lived when it was planned to restore. */
let changed: Record<string, unknown>;

beforeAll(async () => {
  site = await openTestSite({ vault: true, rows: 200, donors: 100 });
  await stamp(site, 'new');
  backedUp = await authorizationOf(site);
  await site.backUp({}, all);
  await stamp(site, 'old');
  await site.stack.vault('DELETE', person);
  await site.stack.vault('PUT', 'opa/users/user6@canary.example.org', { programs: {} });
  changed = await authorizationOf(site);
}, 300_000);
afterAll(async () => await site?.[Symbol.asyncDispose]());

/** Plans by the inputs that somebody would give, over SSH. */
async function planWith(more: Given) {
  const { stack, storeFolder, keys } = site;
  const given: Given = {
    ...{ host: stack.host, port: String(stack.port), user: stack.user, 'private-key': stack.privateKey },
    ...{ 'known-hosts': stack.knownHosts, project: stack.project, site: site.site },
    ...{ stores: `directory:${storeFolder}`, 'public-key': keys.public, ...more },
  };
  const report = await perform(parseRequest('plan', given) as Parameters<typeof perform>[0], site.context());
  if (report.operation !== 'plan') throw new Error(report.operation);
  return report;
}

async function planned(more: Given = {}): Promise<AuthorizationReport> {
  const { authorization } = await planWith({ identity: site.keys.identity, ...more });
  if (authorization === null) throw new Error('authorization was not compared');
  return authorization;
}

describe('a plan', () => {
  test('counts the access that would come back as a restore does, and changes nothing', {
    timeout: 300_000,
  }, async () => {
    const databases = await databasesOf(site);
    const { mode, returned, stores } = await planned();
    expect(mode).toBe('secrets');
    expect(stores).toContainEqual({ store: 'opa/users/*', adds: 1, changes: 1, removals: 0 });
    expect(await authorizationOf(site)).toEqual(changed);
    expect(await databasesOf(site)).toBe(databases);
    expect(await ownContainers(site.stack)).toBe('');
    expect(await planned({ authorization: 'whole' })).toEqual({ mode: 'whole', returned, stores });

    const refused = await refusalOf(site.restore({}, all));
    expect(refused).toMatchObject({
      code: 'restore-refused',
      message: expect.stringMatching(new RegExp(`^${returned} grants of access`)),
      hint: expect.stringContaining(`accept-returned: ${returned}`),
    });
    expect(await authorizationOf(site)).toEqual(changed);
  });

  test('is what a restore has to be given word for word: one grant more or less is refused', {
    timeout: 400_000,
  }, async () => {
    const { returned } = await planned();
    if (returned === null) throw new Error('nothing was compared');
    expect(returned).toBeGreaterThan(1);
    const databases = await databasesOf(site);
    for (const authorization of ['secrets', 'whole'] as const) {
      for (const acceptReturned of [returned + 1, returned - 1]) {
        const refused = await refusalOf(site.restore({}, { ...all, authorization, acceptReturned }));
        expect(refused).toMatchObject({
          code: 'restore-refused',
          message: expect.stringContaining(`${returned} grants`),
        });
      }
    }
    expect(await authorizationOf(site)).toEqual(changed);
    expect(await databasesOf(site)).toBe(databases);
    expect(await expectWell(site)).toBe('old');
    const report = await site.restore({}, { include: ['vault'], acceptReturned: returned });
    expect(report.authorization).toMatchObject({ mode: 'secrets', returned });
    expect(await authorizationOf(site)).toEqual(backedUp);
    // Nothing would come back any more, and nobody need say yes to that.
    expect(await planned()).toMatchObject({ returned: 0 });
    expect((await site.restore({}, { include: ['vault'] })).authorization).toMatchObject({ returned: 0 });
  });
});

describe('a Vault that cannot be used', () => {
  const docker = async (...args: string[]): Promise<string> => await site.stack.docker(...args);
  const vault = (): string => site.stack.containers.vault;
  const startOf = async (): Promise<string> =>
    await docker('inspect', '--format={{.State.Status}} {{.State.StartedAt}}', vault());

  test.each<[what: string, spoil: () => Promise<void>, why: string]>([
    ['is stopped', async () => void (await docker('stop', '--time=1', vault())), 'not running'],
    ['is sealed', async () => void (await site.stack.vault('PUT', 'sys/seal')), 'is sealed'],
  ])('because it %s is not written to: refused, with what to do, and nothing changes', async (_what, spoil, why) => {
    await spoil();
    const [databases, start] = [await databasesOf(site), await startOf()];
    for (const authorization of [undefined, 'secrets'] as const) {
      const refused = await refusalOf(site.restore({}, { ...all, authorization }));
      expect(refused).toMatchObject({
        code: 'restore-refused',
        message: expect.stringMatching(new RegExp(`^Authorization cannot be written into the living Vault: .*${why}`)),
        hint: expect.stringContaining('authorization: whole'),
      });
    }
    expect(await startOf()).toBe(start);
    expect(await databasesOf(site)).toBe(databases);
    expect(await ownContainers(site.stack)).toBe('');
    // That is when somebody asks for a plan.
    expect(await planWith({ identity: site.keys.identity })).toMatchObject({ status: 'complete', authorization: null });
    const { unseal } = await site.stack.vaultKeys();
    await docker('start', vault());
    await unsealVault(site.stack, unseal);
    expect(await expectWell(site)).toBe('old');
    expect(await authorizationOf(site)).toEqual(backedUp);
    await expectLogins(site);
  });
});

// Last: from here on the latest backup is another.
test('a plan says whether the keys of Vault have recipients of their own', { timeout: 200_000 }, async () => {
  const apart = { 'vault-keys-recipients': forKeys.recipient };
  expect(await planWith({})).toMatchObject({ vaultKeysApart: false, authorization: null });
  expect(await planWith(apart)).toMatchObject({ vaultKeysApart: true, authorization: null });
  // One of logs alone is newer, and no restore takes it.
  const { newestBackup } = await planWith({});
  await site.backUp({}, { include: ['logs'] });
  expect(await planWith({})).toMatchObject({ newestBackup });
  // Such a backup is compared by whoever holds both, and by nobody else.
  await site.backUp({}, { ...all, vaultKeysRecipients: parseRecipients([forKeys.recipient]) });
  expect(await refusalOf(planned(apart))).toMatchObject({ code: 'no-identity-matched' });
  const both = `${site.keys.identity}\n${forKeys.identity}`;
  expect(await planned({ ...apart, identity: both })).toMatchObject({ returned: 0 });
});
