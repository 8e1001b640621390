import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { generateIdentity, parseIdentities } from '../../src/seal/identities.ts';
import { parseRecipients } from '../../src/seal/recipients.ts';
import { sealStream, unsealStream } from '../../src/seal/seal.ts';

/** Run as a program: seals and unseals a generated stream of argv[2] bytes; prints how it went as JSON. */
const sizeBytes = Number(process.argv[2]);
const { identity, recipient } = generateIdentity('x25519');

function* generate(): Generator<Uint8Array> {
  const piece = Buffer.alloc(32 * 1024, 'candig');
  for (let left = sizeBytes; left > 0; left -= piece.length) yield piece.subarray(0, left);
}

let received = 0;
let peakBytes = 0;
const startBytes = process.memoryUsage.rss();
const counter = new Writable({
  write(piece: Uint8Array, _encoding, done) {
    received += piece.length;
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
    done();
  },
});

const startMs = performance.now();
await pipeline(
  Readable.from(generate(), { objectMode: true, highWaterMark: 4 }),
  sealStream(parseRecipients([recipient])),
  unsealStream(parseIdentities(identity)),
  counter,
);
const seconds = (performance.now() - startMs) / 1000;
console.log(JSON.stringify({ received, growthBytes: peakBytes - startBytes, peakBytes, seconds }));
