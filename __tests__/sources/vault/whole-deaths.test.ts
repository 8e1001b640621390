import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLocal } from '../../../src/remote/local.ts';
import { type WholeSite, writeVolumeMarker } from '../../../src/sources/vault/volume.ts';
import {
  forgetWhole,
  listWhole,
  recoverWhole,
  type StagedWhole,
  stageWhole,
  type VaultBackup,
} from '../../../src/sources/vault/whole.ts';
import { removeOwnContainers } from '../../../src/stack/own-containers.ts';
import { readStack } from '../../../src/stack/stack.ts';
import { docker } from '../../stack/run.ts';
import { startStack, type TestStack } from '../../stack/stack.ts';
import { dyingSite } from './dying-site.ts';
import { tarOfVault } from './vault.ts';

const open = async (): Promise<void> => {};
const remote = openLocal();
const run = '20261125T120000Z-dddd0001';

let stack: TestStack;
let site: WholeSite;
let backup: VaultBackup;
let old: string;

/** What tells an old site from a new one: its keys in both places, what is in it, and whether services log in. */
async function seen(): Promise<string> {
  const { vault } = stack.containers;
  const keys = await readFile(join(stack.checkout, 'tmp/vault/keys.txt'), 'utf8');
  const inVolume = await docker(['exec', vault, 'cat', '/vault/config/keys.txt']);
  const users = await stack.vault('LIST', 'opa/users');
  const status = await stack.vault('GET', 'sys/seal-status');
  const { sealed } = status.body as { sealed: boolean };
  return JSON.stringify([keys.trimEnd() === inVolume, keys, users.status, sealed, await stack.vaultLogin('katsu')]);
}

async function leftovers(): Promise<string> {
  const look =
    'cd /vault; ls -d data.* candig-backup* config/keys.txt.* 2>/dev/null; cd /checkout; ls keys.txt.* 2>/dev/null; true';
  const mount = ['-v', `${stack.checkout}/tmp/vault:/checkout:ro`, '--entrypoint', 'sh'];
  const { id, image } = site.vault;
  const printed = await docker(['run', '--rm', '--network=none', '--volumes-from', id, ...mount, image, '-c', look]);
  return printed + (await docker(['ps', '-aq', '--filter', `label=candig-backup.project=${stack.project}`]));
}

/** As a next run does. */
async function recover(committed: boolean): Promise<void> {
  await removeOwnContainers(remote, stack.project);
  await recoverWhole(site, run, committed);
}

async function stage(on: WholeSite = site): Promise<StagedWhole> {
  return await stageWhole(on, backup, undefined, {
    runId: run,
    at: '2026-11-25T12:00:00.000Z',
    signal: new AbortController().signal,
  });
}

beforeAll(async () => {
  stack = await startStack({ vault: true, rows: 200, donors: 100, users: 5 });
  const read = async (): Promise<WholeSite> => {
    const found = await readStack(remote, stack.project);
    const vault = found.containers.find(({ service }) => service === 'vault');
    if (vault === undefined) throw new Error('no vault');
    return { remote, host: remote, stack: found, vault };
  };
  const { vault } = await read();
  const tar = await tarOfVault(vault.id, vault.image);
  backup = {
    keysText: await readFile(join(stack.checkout, 'tmp/vault/keys.txt'), 'utf8'),
    sizeBytes: tar.length,
    open: async () => Readable.from([tar]),
  };
  await stack.rebuildVault();
  site = await read();
  old = await seen();
});
afterAll(async () => await stack?.stop());

test('leaves the site as it was, whenever a run dies while it stages', { timeout: 600_000 }, async () => {
  const counting = dyingSite(site, Number.POSITIVE_INFINITY);
  await stage(counting.site);
  await recover(false);
  const all = counting.changes();
  let deaths = 0;
  for (let at = 1; at <= all; at += at < 4 ? 1 : 3) {
    const dying = dyingSite(site, at);
    await expect(stage(dying.site), `change ${at}`).rejects.toThrow();
    expect(dying.isDead()).toBe(true);
    expect(await seen(), `change ${at}`).toBe(old);
    await recover(false);
    expect(await seen(), `change ${at}`).toBe(old);
    expect(await leftovers(), `change ${at}`).toBe('');
    deaths += 1;
  }
  console.log(`${deaths} deaths at ${all} changes while staging`);
});

test('is all old or all new after it died at any change of the swap, whichever is told', {
  timeout: 900_000,
}, async () => {
  const counting = dyingSite(site, Number.POSITIVE_INFINITY);
  const whole = await stage(counting.site);
  const from = counting.changes();
  await whole.swap(open);
  const until = counting.changes();
  const swapped = await seen();
  expect(swapped).not.toBe(old);
  await recover(false);
  expect(await seen()).toBe(old);
  expect(until - from).toBeGreaterThanOrEqual(10);
  for (let at = from + 1; at <= until; at += 1) {
    const dying = dyingSite(site, at);
    const staged = await stage(dying.site);
    await expect(staged.swap(open), `change ${at}`).rejects.toThrow();
    expect(dying.isDead()).toBe(true);
    if (at % 3 === 0) {
      await recover(true);
      expect(await seen(), `change ${at}, forward`).toBe(swapped);
      // As if it had not been kept, to be old again.
      const [marker] = await listWhole(site);
      if (marker !== undefined) await writeVolumeMarker(site, { ...marker, role: 'undo' });
      await recover(false);
      expect(await seen(), `change ${at}, back`).toBe(old);
    } else {
      await recover(false);
      expect(await seen(), `change ${at}, back`).toBe(old);
    }
    expect(await leftovers(), `change ${at}`).toBe('');
  }
  console.log(`${until - from} deaths in the swap`);
});

test('is old after it died at any change of the rolling back or the discarding', { timeout: 900_000 }, async () => {
  const counting = dyingSite(site, Number.POSITIVE_INFINITY);
  const whole = await stage(counting.site);
  await whole.swap(open);
  const from = counting.changes();
  await whole.rollBack(open);
  await whole.discard();
  const until = counting.changes();
  expect(await leftovers()).toBe('');
  let deaths = 0;
  for (let at = from + 1; at <= until; at += 2) {
    const dying = dyingSite(site, at);
    const staged = await stage(dying.site);
    await staged.swap(open);
    const back = async (): Promise<void> => {
      await staged.rollBack(open);
      await staged.discard();
    };
    await expect(back(), `change ${at}`).rejects.toThrow();
    deaths += 1;
    await recover(false);
    expect(await seen(), `change ${at}`).toBe(old);
    expect(await leftovers(), `change ${at}`).toBe('');
  }
  console.log(`${deaths} deaths at ${until - from} changes in the rolling back and discarding`);
});

test('is unsealed again after Vault itself was killed in the midst of it', { timeout: 300_000 }, async () => {
  for (const committed of [false, true]) {
    const staged = await stage();
    await staged.swap(open);
    await docker(['kill', site.vault.id]);
    expect(await staged.isSwapped()).toBe(false);
    await recover(committed);
    if (committed) {
      expect(await seen()).not.toBe(old);
      await forgetWhole(site, run);
    } else {
      expect(await seen()).toBe(old);
    }
    expect(await leftovers()).toBe('');
  }
});
