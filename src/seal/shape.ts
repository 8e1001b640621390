import { tagBytes } from './aead.ts';
import { sealBroken } from './broken.ts';
import { createHeaderReader } from './header-reader.ts';
import { payloadNonceBytes, sealedChunkBytes } from './payload.ts';

/** What can be seen of a sealed file without an identity. None of it is authenticated. */
export interface SealedShape {
  /** The first word of each recipient stanza, e.g. `X25519` or `mlkem768x25519`. */
  readonly recipientKinds: readonly string[];
  readonly headerBytes: number;
  readonly sizeBytes: number;
  /** How long the plaintext is, if the file is whole. */
  readonly plaintextBytes: number;
}

/**
 * Reads a binary age file to its end without an identity: the header is one, and the length is one a whole file can
 * have. Throws `seal-broken` otherwise. It proves no more than that: a changed payload looks the same.
 * Fits as the last stage of `pipeline()`, so that a digest can be taken in the same pass.
 */
export async function checkSealedShape(content: AsyncIterable<Uint8Array>): Promise<SealedShape> {
  const reader = createHeaderReader();
  let read: ReturnType<typeof reader.push>;
  let sizeBytes = 0;
  for await (const piece of content) {
    sizeBytes += piece.length;
    read ??= reader.push(piece);
  }
  if (read === undefined) throw sealBroken('its header has no end');
  return {
    recipientKinds: read.header.stanzas.map((stanza) => stanza.args[0] ?? ''),
    headerBytes: read.sizeBytes,
    sizeBytes,
    plaintextBytes: plaintextBytesOf(sizeBytes - read.sizeBytes - payloadNonceBytes),
  };
}

function plaintextBytesOf(chunksBytes: number): number {
  const chunks = Math.ceil(chunksBytes / sealedChunkBytes);
  const finalBytes = chunksBytes - (chunks - 1) * sealedChunkBytes;
  // Only the chunk of an empty file is empty, and every chunk has a tag.
  if (chunks < 1 || finalBytes < tagBytes || (finalBytes === tagBytes && chunks > 1)) {
    throw sealBroken(`no whole file has ${chunksBytes} bytes after its header and nonce`);
  }
  return chunksBytes - chunks * tagBytes;
}
