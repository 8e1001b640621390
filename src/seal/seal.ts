import { Transform } from 'node:stream';
import { formatHeader } from './header.ts';
import type { Identity } from './identities.ts';
import { type ChunkStream, createChunkSealer, payloadNonceBytes } from './payload.ts';
import { checkRecipients, type Recipient } from './recipients.ts';
import { sodium } from './sodium.ts';
import { createUnsealer } from './unsealer.ts';

// A few chunks: enough to keep both sides busy, little enough for many streams side by side.
const highWaterMark = 256 * 1024;

/**
 * Plaintext in, a binary age v1 file (C2SP age.md) for these recipients out; memory does not grow with the stream.
 * The final chunk is written only once the source has ended well: a source that errors, under `pipeline()`, leaves
 * a file that opens for nobody. Throws `key-invalid` for recipients one file must not have (see `checkRecipients`).
 */
export function sealStream(recipients: readonly Recipient[]): Transform {
  checkRecipients(recipients);
  const fileKey = sodium.randombytes_buf(16);
  const nonce = sodium.randombytes_buf(payloadNonceBytes);
  const stanzas = recipients.map((recipient) => recipient.wrap(fileKey));
  const stream = toTransform(createChunkSealer(fileKey, nonce));
  stream.push(Buffer.concat([formatHeader(stanzas, fileKey), nonce]));
  return stream;
}

/**
 * An age file (binary or armored) in, its plaintext out. Each chunk comes out only after it was verified; the stream
 * ends only after the final chunk was, and nothing followed it. Anything else is an error on the stream:
 * `no-identity-matched`, or `seal-broken` for a file that was cut, changed, added to, or never was one.
 * Until the end, what came out may be the start of something longer: act on nothing before.
 */
export function unsealStream(identities: readonly Identity[]): Transform {
  return toTransform(createUnsealer(identities));
}

function toTransform(chunks: ChunkStream): Transform {
  return new Transform({
    highWaterMark,
    transform(piece: Uint8Array, _encoding, done) {
      attempt(() => chunks.push(piece, (bytes) => this.push(bytes)), done);
    },
    flush(done) {
      attempt(() => chunks.end((bytes) => this.push(bytes)), done);
    },
  });
}

function attempt(work: () => void, done: (error?: Error) => void): void {
  try {
    work();
  } catch (error) {
    done(error as Error);
    return;
  }
  done();
}
