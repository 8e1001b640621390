import { createHash, randomBytes } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { checkSealedShape } from '../../src/seal/shape.ts';
import { inPieces, newKeys, sealWhole } from './in-memory.ts';

const chunk = 64 * 1024;
const keys = newKeys('x25519');

const shapeOf = (file: Uint8Array, stepBytes?: number) =>
  checkSealedShape(Readable.from(inPieces(file, stepBytes), { objectMode: true }));

describe('the shape of a sealed file, seen without an identity', () => {
  it.each([0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 3 * chunk + 5])('tells %d bytes', async (plaintextBytes) => {
    const file = await sealWhole(keys.recipients, randomBytes(plaintextBytes));
    for (const step of [1000, chunk, file.length]) {
      expect(await shapeOf(file, step)).toEqual({
        recipientKinds: ['X25519'],
        headerBytes: file.indexOf('\n', file.indexOf('\n--- ') + 1) + 1,
        sizeBytes: file.length,
        plaintextBytes,
      });
    }
  });

  it('tells the kind and number of recipients', async () => {
    const recipients = [newKeys('hybrid'), newKeys('hybrid')].flatMap((each) => each.recipients);
    const { recipientKinds } = await shapeOf(await sealWhole(recipients, Buffer.from('x')), 1);
    expect(recipientKinds).toEqual(['mlkem768x25519', 'mlkem768x25519']);
  });

  it('is refused for every length that no whole file has', async () => {
    const file = await sealWhole(keys.recipients, randomBytes(2 * chunk + 40));
    const { headerBytes } = await shapeOf(file);
    for (let i = 0; i < headerBytes + 32; i++) {
      await expect(shapeOf(file.subarray(0, i))).rejects.toMatchObject({ code: 'seal-broken' });
    }
    const border = headerBytes + 16 + 2 * (chunk + 16);
    for (let i = border + 1; i <= border + 16; i++) {
      await expect(shapeOf(file.subarray(0, i))).rejects.toMatchObject({ code: 'seal-broken' });
    }
  });

  it('is refused for what is not a sealed file', async () => {
    for (const file of [Buffer.alloc(0), Buffer.from('PGDMP'), randomBytes(100_000), Buffer.alloc(1_000_000)]) {
      await expect(shapeOf(file, 1000)).rejects.toMatchObject({ code: 'seal-broken' });
    }
  });

  it('can be taken in the same pass as a digest', async () => {
    const file = await sealWhole(keys.recipients, randomBytes(chunk));
    const hash = createHash('sha256');
    const counted = new PassThrough().on('data', (piece: Uint8Array) => hash.update(piece));
    const shape = await pipeline(Readable.from([file]), counted, checkSealedShape);
    expect(shape.sizeBytes).toBe(file.length);
    expect(hash.digest('hex')).toBe(createHash('sha256').update(file).digest('hex'));
  });
});
