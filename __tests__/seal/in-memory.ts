import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { generateIdentity, type Identity, parseIdentities } from '../../src/seal/identities.ts';
import { type KeyKind, parseRecipients, type Recipient } from '../../src/seal/recipients.ts';
import { sealStream, unsealStream } from '../../src/seal/seal.ts';

/** What came out of a stream, and the error it ended with, if it did. */
export interface Passed {
  readonly bytes: Buffer;
  readonly error: unknown;
}

/** Sends the pieces through `stream` and keeps what comes out, up to the end or the error. */
export async function passThrough(source: Iterable<Uint8Array> | Readable, stream: Transform): Promise<Passed> {
  const out: Uint8Array[] = [];
  const input = source instanceof Readable ? source : Readable.from(source, { objectMode: true });
  try {
    await pipeline(input, stream, async (pieces: AsyncIterable<Uint8Array>) => {
      for await (const piece of pieces) out.push(piece);
    });
    return { bytes: Buffer.concat(out), error: undefined };
  } catch (error) {
    return { bytes: Buffer.concat(out), error };
  }
}

export async function sealWhole(recipients: readonly Recipient[], plaintext: Uint8Array): Promise<Buffer> {
  const { bytes, error } = await passThrough(inPieces(plaintext), sealStream(recipients));
  if (error !== undefined) throw error;
  return bytes;
}

export function unsealWhole(identities: readonly Identity[], file: Uint8Array): Promise<Passed> {
  return passThrough([file], unsealStream(identities));
}

/** `bytes` in pieces of `stepBytes` (all at once when left out; nothing at all for no bytes). */
export function inPieces(bytes: Uint8Array, stepBytes = Math.max(1, bytes.length)): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let i = 0; i < bytes.length; i += stepBytes) pieces.push(bytes.subarray(i, i + stepBytes));
  return pieces;
}

/** A new identity, ready to seal to and unseal with. */
export function newKeys(kind: KeyKind): { text: string; identities: Identity[]; recipients: Recipient[] } {
  const { identity, recipient } = generateIdentity(kind);
  return { text: identity, identities: parseIdentities(identity), recipients: parseRecipients([recipient]) };
}
