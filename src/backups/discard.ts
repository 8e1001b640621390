import { Writable } from 'node:stream';

/**
 * Where a stream ends that is only read to see that it is whole. Its chunks must be nobody else's: their memory is given
 * back at once. Left to the garbage collector it would pile up, for reading goes faster than the collector comes.
 */
export function discarding(): Writable {
  return new Writable({
    write(chunk: Uint8Array<ArrayBuffer>, _encoding, done) {
      // A part of something larger may share it with others.
      if (chunk.byteLength === chunk.buffer.byteLength) chunk.buffer.transfer(0);
      done();
    },
  });
}
