import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseRecipients } from '../../src/seal/recipients.ts';
import { type Moment, placesFromOutage, tapMoments } from '../faults/tapped-remote.ts';
import { expectNothingLeft } from '../faults/vault-well.ts';
import { expectWell, flushCache, stamp } from '../faults/well.ts';
import { openTestSite, type TestSite } from '../site.ts';
import { tarOfVault } from '../sources/vault/vault.ts';
import { file, header, tarOf } from '../tarball/make-tar.ts';
import { refusalOf } from './bare-site.ts';
import { type Forged, keepForged } from './forged-backup.ts';
import { keys, storage } from './samples.ts';
import { authorizationOf, databasesOf, expectLogins, expectOwnKeys, programsOf } from './vault-contents.ts';

const person = 'user3@canary.example.org';

let site: TestSite;
/** A backup of this site's Vault as it should be. */
let tar: Buffer;
let keysText: string;

beforeAll(async () => {
  site = await openTestSite({ vault: true, rows: 200, donors: 100 });
  await stamp(site, 'old');
  await flushCache(site);
  const { containers, images, checkout } = site.stack;
  tar = await tarOfVault(containers.vault, images.vault ?? '');
  keysText = await readFile(join(checkout, 'tmp/vault/keys.txt'), 'utf8');
}, 300_000);
afterAll(async () => await site?.[Symbol.asyncDispose]());

/** Keeps a backup of authorization that is sealed and signed as it should be, whatever is in it. */
async function forge(objects: readonly Forged[]): Promise<void> {
  const recipients = parseRecipients([site.keys.recipient]);
  const { store, keys: own } = site;
  await keepForged({ site: site.site, store, recipients, signing: own.signing, now: new Date() }, objects);
}

const keysFrom = (text: string): Forged => keys(tarOf(file('keys.txt', text)));

/** All that lives and could have been changed: entries, keys, databases, the volume, and when each container began. */
async function whatLives() {
  const { docker, containers, checkout } = site.stack;
  const look = "cd /vault; find . ! -path './data/*' | sort; cat config/keys.txt";
  return {
    authorization: await authorizationOf(site),
    databases: await databasesOf(site),
    keys: await readFile(join(checkout, 'tmp/vault/keys.txt'), 'utf8'),
    volume: await docker('exec', containers.vault, 'sh', '-c', look),
    starts: await docker('inspect', '--format={{.Name}} {{.State.StartedAt}}', ...Object.values(containers)),
  };
}

const modes = ['secrets', 'whole'] as const;

describe('a backup whose Vault cannot be opened is refused while it is staged, and nothing that lives changes', () => {
  const others = () => Array.from({ length: 5 }, () => randomBytes(33).toString('base64')).join('\n');
  const cases: readonly (readonly [what: string, objects: () => readonly Forged[], code: string])[] = [
    [
      'keys of another Vault',
      () => [storage(tar), keysFrom(keysText.replace(/(?<=keys: \n)[\s\S]*(?=\nroot:)/, others()))],
      'vault-keys-wrong',
    ],
    [
      'the root token of another Vault',
      () => [storage(tar), keysFrom(keysText.replace(/hvs\.\S+/, 'hvs.ofAnotherVaultAltogether'))],
      'vault-keys-wrong',
    ],
    [
      'too few keys',
      () => [storage(tar), keysFrom(keysText.replace(/(?<=keys: \n(\S+\n){2})(\S+\n){3}/, ''))],
      'vault-keys-wrong',
    ],
    ['no Vault in it', () => [storage(), keysFrom(keysText)], 'vault-keys-wrong'],
  ];

  test('the same one is restored with what belongs in it', { timeout: 200_000 }, async () => {
    await forge([storage(tar), keysFrom(keysText)]);
    const report = await site.restore({}, { include: ['vault'] });
    expect(report.authorization).toMatchObject({ mode: 'secrets', returned: 0 });
  });

  test.each(cases)('%s', { timeout: 300_000 }, async (_what, objects, code) => {
    await forge(objects());
    const before = await whatLives();
    for (const authorization of modes) {
      expect((await refusalOf(site.restore({}, { include: ['vault'], authorization }))).code).toBe(code);
      expect(await whatLives()).toEqual(before);
      await expectNothingLeft(site.stack);
    }
    expect(await site.recover()).toEqual([]);
    await expectLogins(site);
    expect(await expectWell(site)).toBe('old');
  });
});

describe('a backup whose Vault is a tar that could do harm is refused before the host is asked for anything', () => {
  const evil: readonly (readonly [what: string, entries: Buffer])[] = [
    ['a path upwards', file('data/../../../evil', 'x')],
    ['an absolute path', file('/etc/cron.d/evil', 'x')],
    [
      'a symbolic link',
      Buffer.concat([header({ path: 'data/link', type: '2', link: '/etc' }), file('data/link/evil', 'x')]),
    ],
    [
      'a hard link',
      Buffer.concat([file('data/own', 'x'), header({ path: 'data/hard', type: '1', link: '/etc/passwd' })]),
    ],
    ['a device', header({ path: 'data/device', type: '4' })],
  ];

  test.each(evil)('%s', { timeout: 200_000 }, async (_what, entries) => {
    // All else in it is as it should be: whoever unpacked it would have a Vault that starts.
    await forge([storage(Buffer.concat([entries, tar])), keysFrom(keysText)]);
    const before = await whatLives();
    const asked: Moment[] = [];
    const remote = tapMoments(site.remote, async (moment) => void asked.push(moment));
    for (const authorization of modes) {
      const refused = await refusalOf(site.restore({ remote }, { include: ['vault'], authorization }));
      expect(refused.code).toBe('check-failed');
    }
    expect(asked).toEqual([]);
    expect(await whatLives()).toEqual(before);
    await expectNothingLeft(site.stack);
  });
});

describe('a Vault that does not unseal once it has taken its place', () => {
  let changed: Record<string, unknown>;
  beforeEach(async () => {
    await stamp(site, 'new');
    await site.backUp({}, { include: ['databases', 'vault'] });
    await stamp(site, 'old');
    await flushCache(site);
    await site.stack.vault('DELETE', `opa/users/${person}`);
    changed = await authorizationOf(site);
  });

  test('goes again: the old one is back, unsealed, with the databases, and the error says so', {
    timeout: 500_000,
  }, async () => {
    const databases = await databasesOf(site);
    const ownKeys = await expectOwnKeys(site);
    let spoilt = 0;
    const spoil = 'for it in /vault/data.candig-backup-restore-*/core/_keyring; do echo spoilt > $it; done';
    const placeOf = placesFromOutage();
    const remote = tapMoments(site.remote, async (moment) => {
      // All is staged by now, and checked.
      if (placeOf(moment) !== 0) return;
      spoilt += 1;
      await site.stack.docker('exec', site.stack.containers.vault, 'sh', '-c', spoil);
    });
    const all = { include: ['databases', 'vault'], authorization: 'whole' } as const;
    const returned = Number(/^\d+/.exec((await refusalOf(site.restore({}, all))).message)?.[0]);
    const refused = await refusalOf(site.restore({ remote }, { ...all, acceptReturned: returned }));
    expect(spoilt).toBe(1);
    expect(refused).toMatchObject({
      code: 'vault-keys-wrong',
      message: 'The keys do not open this Vault; the site is as it was before',
    });
    const status = await site.stack.vault('GET', 'sys/seal-status');
    expect(status.body).toMatchObject({ sealed: false });
    expect(await authorizationOf(site)).toEqual(changed);
    expect(await databasesOf(site)).toBe(databases);
    expect(await programsOf(site, person)).toEqual([]);
    await expectLogins(site);
    expect(await expectWell(site)).toBe('old');
    await expectNothingLeft(site.stack);
    expect((await whatLives()).volume).not.toMatch(/candig-backup|before/);
    expect(await site.recover()).toEqual([]);
    expect(await expectOwnKeys(site)).toBe(ownKeys);
  });
});
