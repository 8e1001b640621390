import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as age from 'age-encryption';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseIdentities, toRecipient } from '../../src/seal/identities.ts';
import { parseRecipients } from '../../src/seal/recipients.ts';
import { newKeys, sealWhole, unsealWhole } from './in-memory.ts';
import { runTool, tryTool } from './run-tool.ts';

const chunk = 64 * 1024;
const sizes = [0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 5 * chunk + 321];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'age-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function keyFile(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text, { mode: 0o600 });
  return path;
}

describe('the age program', () => {
  const mine = newKeys('x25519');
  const other = newKeys('x25519');

  it.each(sizes)('opens what is sealed here (%d bytes)', async (sizeBytes) => {
    const plaintext = randomBytes(sizeBytes);
    const file = await sealWhole([...other.recipients, ...mine.recipients], plaintext);
    const path = await keyFile('mine.txt', `# mine\n${mine.text}\n`);
    expect(runTool('age', ['-d', '-i', path], file).equals(plaintext)).toBe(true);
  });

  it.each(sizes)('seals what opens here (%d bytes), binary and armored', async (sizeBytes) => {
    const plaintext = randomBytes(sizeBytes);
    const flags = [...other.recipients, ...mine.recipients].flatMap((recipient) => ['-r', recipient.text]);
    for (const file of [runTool('age', flags, plaintext), runTool('age', ['-a', ...flags], plaintext)]) {
      const { bytes, error } = await unsealWhole(mine.identities, file);
      expect(error).toBeUndefined();
      expect(bytes.equals(plaintext)).toBe(true);
    }
  });

  it('refuses, as we do, what is cut here at a chunk border', async () => {
    const file = await sealWhole(mine.recipients, randomBytes(2 * chunk));
    const cut = file.subarray(0, file.length - chunk - 16);
    const path = await keyFile('mine.txt', mine.text);
    expect(tryTool('age', ['-d', '-i', path], cut).status).toBe(1);
    expect((await unsealWhole(mine.identities, cut)).error).toMatchObject({
      message: expect.stringContaining('final chunk is missing'),
    });
  });
});

it('a file for a passphrase is told apart: no identity opens it', async () => {
  const encrypter = new age.Encrypter();
  encrypter.setScryptWorkFactor(2);
  encrypter.setPassphrase('secret');
  const file = await encrypter.encrypt('x');
  expect((await unsealWhole(newKeys('x25519').identities, file)).error).toMatchObject({ code: 'no-identity-matched' });
});

describe.each([
  ['X25519', 'x25519', age.generateX25519Identity],
  ['hybrid', 'hybrid', age.generateHybridIdentity],
] as const)('the age-encryption package with %s keys', (_name, kind, generate) => {
  it('opens what is sealed here', async () => {
    const keys = newKeys(kind);
    for (const sizeBytes of sizes) {
      const plaintext = randomBytes(sizeBytes);
      const file = await sealWhole([...newKeys(kind).recipients, ...keys.recipients], plaintext);
      const decrypter = new age.Decrypter();
      decrypter.addIdentity(keys.text);
      expect(Buffer.from(await decrypter.decrypt(file)).equals(plaintext)).toBe(true);
    }
  });

  it('seals what opens here', async () => {
    const keys = newKeys(kind);
    for (const sizeBytes of sizes) {
      const plaintext = randomBytes(sizeBytes);
      const encrypter = new age.Encrypter();
      for (const recipient of [...newKeys(kind).recipients, ...keys.recipients]) encrypter.addRecipient(recipient.text);
      const { bytes, error } = await unsealWhole(keys.identities, await encrypter.encrypt(plaintext));
      expect(error).toBeUndefined();
      expect(bytes.equals(plaintext)).toBe(true);
    }
  });

  it('makes identities that are read here, with the same recipient', async () => {
    for (let i = 0; i < 5; i++) {
      const identity = await generate();
      const recipient = await age.identityToRecipient(identity);
      expect(toRecipient(identity)).toBe(recipient);
      expect(parseIdentities(identity)[0]?.kind).toBe(kind);
      expect(parseRecipients([recipient])[0]?.kind).toBe(kind);
    }
  });

  it('finds the same recipient for identities made here', async () => {
    const keys = newKeys(kind);
    expect(await age.identityToRecipient(keys.text)).toBe(keys.recipients[0]?.text);
  });
});
