import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRecipients } from '../../src/seal/recipients.ts';
import { sealStream, unsealStream } from '../../src/seal/seal.ts';
import { inPieces, newKeys, passThrough, sealWhole, unsealWhole } from './in-memory.ts';

const chunk = 64 * 1024;
const kinds = ['x25519', 'hybrid'] as const;

describe.each(kinds)('a file sealed to %s recipients', (kind) => {
  const first = newKeys(kind);
  const second = newKeys(kind);
  const stranger = newKeys(kind);
  const both = [...first.recipients, ...second.recipients];

  it.each([0, 1, 15, chunk - 1, chunk, chunk + 1, 2 * chunk, 2 * chunk + 1, 257 * chunk, 257 * chunk + 1])(
    'comes back the same with %d bytes',
    async (sizeBytes) => {
      const plaintext = randomBytes(sizeBytes);
      const { bytes, error } = await unsealWhole(first.identities, await sealWhole(first.recipients, plaintext));
      expect(error).toBeUndefined();
      expect(bytes.equals(plaintext)).toBe(true);
    },
  );

  it('opens with either identity, and with the right one among others, last', async () => {
    const file = await sealWhole(both, Buffer.from('secret'));
    for (const identities of [first.identities, second.identities, [...stranger.identities, ...second.identities]]) {
      expect(await unsealWhole(identities, file)).toEqual({ bytes: Buffer.from('secret'), error: undefined });
    }
  });

  it('does not open with another identity, or with none', async () => {
    const file = await sealWhole(both, Buffer.from('secret'));
    for (const identities of [stranger.identities, []]) {
      const { bytes, error } = await unsealWhole(identities, file);
      expect(error).toMatchObject({ code: 'no-identity-matched' });
      expect(bytes).toHaveLength(0);
    }
  });

  it('is different every time, down to the file key', async () => {
    const files = await Promise.all([1, 2].map(() => sealWhole(first.recipients, Buffer.alloc(64))));
    const tails = files.map((file) => file.subarray(-80).toString('hex'));
    expect(tails[0]).not.toBe(tails[1]);
  });

  it('comes back the same in pieces of any size on both sides', async () => {
    const plaintext = randomBytes(2 * chunk + 7);
    for (const step of [1, 512, 600, 1000, chunk - 1, chunk, chunk + 1]) {
      const sealed = await passThrough(inPieces(plaintext, step), sealStream(first.recipients));
      const sealedStep = step >= chunk - 1 ? step + 16 : step;
      const { bytes, error } = await passThrough(inPieces(sealed.bytes, sealedStep), unsealStream(first.identities));
      expect({ step, sealError: sealed.error, error }).toEqual({ step, sealError: undefined, error: undefined });
      expect(bytes.equals(plaintext)).toBe(true);
    }
  });

  it('never is whole when its source failed, whenever that was', async () => {
    const sizes = [0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 3 * chunk + 5];
    for (const failAfter of sizes) {
      const plaintext = randomBytes(failAfter);
      const failure = new Error('the dump was cut');
      const source = Readable.from(
        (async function* () {
          yield* inPieces(plaintext, 1000);
          throw failure;
        })(),
      );
      const sealed = await passThrough(source, sealStream(first.recipients));
      expect(sealed.error).toBe(failure);
      const opened = await unsealWhole(first.identities, sealed.bytes);
      expect(opened.error).toMatchObject({ code: 'seal-broken' });
      expect(plaintext.subarray(0, opened.bytes.length).equals(opened.bytes)).toBe(true);
    }
  });

  it('never is whole when the sealing stream was destroyed', async () => {
    const stream = sealStream(first.recipients);
    const out: Uint8Array[] = [];
    stream.on('data', (bytes: Uint8Array) => out.push(bytes));
    stream.on('error', () => {});
    await new Promise((resolve) => stream.write(randomBytes(3 * chunk), resolve));
    const closed = new Promise((resolve) => stream.once('close', resolve));
    stream.destroy(new Error('cancelled'));
    await closed;
    expect((await unsealWhole(first.identities, Buffer.concat(out))).error).toMatchObject({ code: 'seal-broken' });
  });

  it('comes back the same whatever it is and however it is cut into pieces', async () => {
    const sizes = fc.array(fc.oneof(fc.nat(300), fc.integer({ min: chunk - 20, max: chunk + 20 })), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(sizes, sizes, async (pieceSizes, readSizes) => {
        const pieces = pieceSizes.map((size) => randomBytes(size));
        const sealed = await passThrough(pieces, sealStream(both));
        const reads: Uint8Array[] = [];
        let rest: Uint8Array = sealed.bytes;
        for (const size of [...readSizes, rest.length]) {
          reads.push(rest.subarray(0, size));
          rest = rest.subarray(size);
        }
        const opened = await passThrough(reads, unsealStream(second.identities));
        expect([sealed.error, opened.error]).toEqual([undefined, undefined]);
        expect(opened.bytes.equals(Buffer.concat(pieces))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe('sealing', () => {
  it('refuses no recipients, and both kinds at once, before anything is read', () => {
    const mixed = kinds.flatMap((kind) => newKeys(kind).recipients);
    for (const recipients of [[], mixed]) {
      expect(() => sealStream(recipients)).toThrow(expect.objectContaining({ code: 'key-invalid' }));
    }
  });

  it('takes 16 recipients of the larger kind', async () => {
    const keys = Array.from({ length: 16 }, () => newKeys('hybrid'));
    const recipients = parseRecipients(keys.flatMap((key) => key.recipients.map((recipient) => recipient.text)));
    const file = await sealWhole(recipients, Buffer.from('many'));
    expect(await unsealWhole(keys.at(-1)?.identities ?? [], file)).toMatchObject({ error: undefined });
  });
});
