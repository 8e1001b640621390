import { BackupError } from '../errors.ts';
import { createDearmorer } from './armor.ts';
import { sealBroken } from './broken.ts';
import { type Header, isHeaderAuthentic } from './header.ts';
import { createHeaderReader } from './header-reader.ts';
import type { Identity } from './identities.ts';
import { type ChunkStream, createChunkOpener, payloadNonceBytes } from './payload.ts';

const letterA = 0x61;

/**
 * Opens one age file, binary or armored, that arrives in pieces. What `emit` gets was verified; the file was whole
 * only once `end` has returned. Throws `no-identity-matched`, or `seal-broken` for everything that a sealer that
 * knows the format would not have written. A thrown-at unsealer is of no further use.
 */
export function createUnsealer(identities: readonly Identity[]): ChunkStream {
  const binary = createBinaryUnsealer(identities);
  const dearmorer = createDearmorer();
  let isArmored: boolean | undefined;
  return {
    push(piece, emit) {
      // A binary file begins with the `a` of its version line, an armored one with a dash or white space.
      if (piece.length > 0) isArmored ??= piece[0] !== letterA;
      binary.push(isArmored ? dearmorer.push(piece) : piece, emit);
    },
    end(emit) {
      if (isArmored) dearmorer.end();
      binary.end(emit);
    },
  };
}

function createBinaryUnsealer(identities: readonly Identity[]): ChunkStream {
  const headerReader = createHeaderReader();
  const nonce = new Uint8Array(payloadNonceBytes);
  let nonceUsed = 0;
  let fileKey: Uint8Array | undefined;
  let payload: ChunkStream | undefined;
  return {
    push(piece, emit) {
      let rest = piece;
      if (fileKey === undefined) {
        const read = headerReader.push(rest);
        if (read === undefined) return;
        fileKey = unwrapFileKey(read.header, identities);
        rest = read.rest;
      }
      if (payload === undefined) {
        const taken = rest.subarray(0, payloadNonceBytes - nonceUsed);
        nonce.set(taken, nonceUsed);
        nonceUsed += taken.length;
        if (nonceUsed < payloadNonceBytes) return;
        payload = createChunkOpener(fileKey, nonce);
        rest = rest.subarray(taken.length);
      }
      payload.push(rest, emit);
    },
    end(emit) {
      if (payload === undefined) throw sealBroken('it ends before its payload');
      payload.end(emit);
    },
  };
}

function unwrapFileKey(header: Header, identities: readonly Identity[]): Uint8Array {
  for (const identity of identities) {
    const fileKey = identity.unwrap(header.stanzas);
    if (fileKey === undefined) continue;
    if (!isHeaderAuthentic(header, fileKey)) throw sealBroken('its header was changed');
    return fileKey;
  }
  throw new BackupError(
    'no-identity-matched',
    `no identity opens this sealed file (identities: ${identities.length}, recipients: ${header.stanzas.length})`,
  );
}
