import { openMessage, sealMessage, tagBytes } from './aead.ts';
import { sealBroken } from './broken.ts';
import { hkdf } from './hkdf.ts';

/** Plaintext bytes of a full chunk. */
const chunkBytes = 64 * 1024;
/** The same, sealed. */
export const sealedChunkBytes = chunkBytes + tagBytes;
/** Bytes of the nonce in front of the chunks. */
export const payloadNonceBytes = 16;

type Emit = (bytes: Uint8Array) => void;

/** Takes bytes as they come and hands `emit` the transformed chunks they fill. Half of an age payload's STREAM. */
export interface ChunkStream {
  push(piece: Uint8Array, emit: Emit): void;
  /** The source has ended, well. Emits the final chunk. */
  end(emit: Emit): void;
}

/** Seals: plaintext in, chunks out. Without `end` there is no final chunk, and what came out is never a whole file. */
export function createChunkSealer(fileKey: Uint8Array, payloadNonce: Uint8Array): ChunkStream {
  const key = payloadKey(fileKey, payloadNonce);
  const nonces = createNonces();
  return createRechunker(chunkBytes, (chunk, isFinal, emit) => emit(sealMessage(key, nonces.next(isFinal), chunk)));
}

/** Opens: chunks in, plaintext out, each chunk only after its tag was verified. Throws `seal-broken`. */
export function createChunkOpener(fileKey: Uint8Array, payloadNonce: Uint8Array): ChunkStream {
  const key = payloadKey(fileKey, payloadNonce);
  const nonces = createNonces();
  let chunks = 0;
  return createRechunker(sealedChunkBytes, (chunk, isFinal, emit) => {
    const plaintext = openMessage(key, nonces.next(isFinal), chunk);
    if (plaintext === undefined) {
      // A whole chunk in the wrong place comes out like any other (as in age), and the error can say what happened.
      const isWhole = chunk.length === sealedChunkBytes;
      const misplaced = isWhole ? openMessage(key, nonces.again(!isFinal), chunk) : undefined;
      if (misplaced === undefined) throw sealBroken(`chunk ${chunks} of its payload was cut or changed`);
      emit(misplaced);
      throw sealBroken(isFinal ? 'its final chunk is missing' : 'something follows its final chunk');
    }
    if (isFinal && plaintext.length === 0 && chunks > 0) throw sealBroken('its final chunk is empty');
    chunks++;
    emit(plaintext);
  });
}

function payloadKey(fileKey: Uint8Array, payloadNonce: Uint8Array): Uint8Array {
  return hkdf(fileKey, payloadNonce, 'payload');
}

/** 11 bytes of counter, big endian, and one that is 1 for the final chunk. */
function createNonces(): { next(isFinal: boolean): Uint8Array; again(isFinal: boolean): Uint8Array } {
  const nonce = new Uint8Array(12);
  const counter = new DataView(nonce.buffer, 3, 8);
  let count = 0n;
  const again = (isFinal: boolean) => {
    nonce[11] = isFinal ? 1 : 0;
    return nonce;
  };
  const next = (isFinal: boolean) => {
    counter.setBigUint64(0, count++);
    return again(isFinal);
  };
  return { next, again };
}

/**
 * Cuts a stream of pieces of any size into chunks of `size`. A full chunk waits until more comes, since only then it
 * is known not to be the final one.
 */
function createRechunker(size: number, turn: (chunk: Uint8Array, isFinal: boolean, emit: Emit) => void): ChunkStream {
  const held = new Uint8Array(size);
  let used = 0;
  return {
    push(piece, emit) {
      let rest = piece;
      if (used > 0) {
        const taken = Math.min(size - used, rest.length);
        held.set(rest.subarray(0, taken), used);
        used += taken;
        rest = rest.subarray(taken);
        if (rest.length === 0) return;
        turn(held, false, emit);
        used = 0;
      }
      // Whole chunks in a large piece need no copy.
      while (rest.length > size) {
        turn(rest.subarray(0, size), false, emit);
        rest = rest.subarray(size);
      }
      held.set(rest);
      used = rest.length;
    },
    end(emit) {
      turn(held.subarray(0, used), true, emit);
    },
  };
}
