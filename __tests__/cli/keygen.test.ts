import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keygen } from '../../src/cli/keygen.ts';
import { readSigningKey, sign } from '../../src/seal/minisign.ts';
import { run } from '../stack/run.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'candig-keygen-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const pathOf = (name: string) => join(folder, name);

test.each(['x25519', 'hybrid', 'signing'] as const)(
  'a secret of kind %s is for its owner only and never replaced',
  async (kind) => {
    const file = pathOf(kind);
    const made = await keygen({ operation: 'keygen', kind, file });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const secret = await readFile(file, 'utf8');
    expect(JSON.stringify(made)).not.toContain(secret.split('\n')[1]);
    await expect(keygen({ operation: 'keygen', kind, file })).rejects.toMatchObject({ code: 'object-exists' });
    expect(await readFile(file, 'utf8')).toBe(secret);
  },
);

test('age reads the identity, and knows the recipient', async () => {
  const file = pathOf('for-age');
  const { publicKey } = await keygen({ operation: 'keygen', kind: 'x25519', file });
  expect((await run('age-keygen', ['-y', file])).trim()).toBe(publicKey);
});

test('minisign verifies by the public key what the signing key signs', async () => {
  const file = pathOf('for-minisign');
  const { publicKey } = await keygen({ operation: 'keygen', kind: 'signing', file });
  const signature = sign(Buffer.from('message'), await readSigningKey(await readFile(file, 'utf8')), 'comment');
  await writeFile(pathOf('message'), 'message');
  await writeFile(pathOf('message.minisig'), signature);
  expect(await run('minisign', ['-Vm', pathOf('message'), '-P', publicKey])).toContain('verified');
});

test('a folder that is not there is a typed error', async () => {
  const file = join(folder, 'nowhere', 'key');
  await expect(keygen({ operation: 'keygen', kind: 'x25519', file })).rejects.toMatchObject({ code: 'store-failed' });
});
