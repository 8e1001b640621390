import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WholeSite } from '../../../src/sources/vault/volume.ts';
import { stageWhole } from '../../../src/sources/vault/whole.ts';
import { readStack, requireService } from '../../../src/stack/stack.ts';
import { docker } from '../../stack/run.ts';
import { ensureVault } from '../../stack/vault-image.ts';
import { startVault, type TestVault } from './vault.ts';

const volume = `cbroom${randomBytes(4).toString('hex')}`;
const { signal } = new AbortController();

let vault: TestVault;
let site: WholeSite;
let tar: Buffer;
/** Whose only purpose is that the volume, which lies in memory, stays. */
let holder: string;

beforeAll(async () => {
  const size = ['--opt', 'type=tmpfs', '--opt', 'device=tmpfs', '--opt', 'o=size=160m'];
  await docker(['volume', 'create', '--driver', 'local', ...size, volume]);
  const image = await ensureVault();
  holder = await docker(['run', '--detach', '--volume', `${volume}:/vault`, '--entrypoint=sleep', image, 'infinity']);
  vault = await startVault(`${volume}:/vault`);
  await vault.api.ask('Mount', 'PUT', 'sys/mounts/opa', { body: { type: 'kv', options: { version: '1' } } });
  await vault.api.ask('Audit', 'PUT', 'sys/audit/file', {
    body: { type: 'file', options: { file_path: '/vault/vault-audit.log' } },
  });
  await vault.put('opa/users/a', { programs: {} });
  tar = await vault.tarOfData();
  const stack = await readStack(vault.remote, vault.project);
  site = { remote: vault.remote, host: vault.remote, stack, vault: requireService(stack, 'vault') };
});
afterAll(async () => {
  await vault?.[Symbol.asyncDispose]();
  if (holder !== undefined) await docker(['rm', '--force', holder]);
  await docker(['volume', 'rm', '--force', volume]);
});

async function stage(tail: string) {
  const backup = { keysText: vault.keysText, sizeBytes: tar.length, open: async () => Readable.from([tar]) };
  const run = { runId: `20261125T120000Z-${tail}`, at: '2026-11-25T12:00:00.000Z', signal };
  return await stageWhole(site, backup, vault.api, run);
}

/** All that lies in the volume, each file with its digest, but for what Vault itself writes all the time. */
async function contents(): Promise<string> {
  return await vault.exec('sh', '-c', "cd /vault; find . -type f ! -name '*.log' -exec sha256sum {} + | sort");
}

test('a volume without room for a second Vault is left as it is, and the one that lives goes on', async () => {
  // What is left is more than the copy takes, and less than it takes with room to spare.
  await vault.exec('sh', '-c', 'head -c 100M /dev/zero > /vault/filler');
  const before = await contents();
  await expect(stage('bbbb0001')).rejects.toMatchObject({
    code: 'disk-full',
    message: "There is not enough space in Vault's volume for a second copy",
    hint: expect.stringContaining('make space where Docker keeps its volumes'),
  });
  expect(await contents()).toBe(before);
  const left = await docker(['ps', '--all', '--quiet', `--filter=label=candig-backup.project=${vault.project}`]);
  expect(left).toBe('');
  await vault.put('opa/users/b', { programs: {} });
  expect(await vault.get('opa/users/b')).toEqual({ programs: {} });

  await vault.exec('rm', '/vault/filler');
  const staged = await stage('bbbb0002');
  await staged.check();
  await staged.discard();
});
