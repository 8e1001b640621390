import { sealBroken } from './broken.ts';
import { type Header, parseHeader } from './header.ts';

/** Finds the header at the start of a file that arrives in pieces. */
export interface HeaderReader {
  /**
   * Takes the next piece. Once the header is whole: the header, its length in bytes, and what of this piece comes
   * after it; undefined until then. Throws `seal-broken` for what cannot be a header, without keeping more than
   * 256 KiB of it.
   */
  push(piece: Uint8Array): { header: Header; sizeBytes: number; rest: Uint8Array } | undefined;
}

const maxHeaderBytes = 256 * 1024;
const lineFeed = 0x0a;
const dash = 0x2d;
const start = Buffer.from('age-encryption.org/');

export function createHeaderReader(): HeaderReader {
  const held = Buffer.allocUnsafe(maxHeaderBytes);
  let used = 0;
  let lineStart = 0;
  return {
    push(piece) {
      const taken = Math.min(piece.length, maxHeaderBytes - used);
      held.set(piece.subarray(0, taken), used);
      const from = used;
      used += taken;
      const seen = held.subarray(0, used);
      const known = Math.min(used, start.length);
      if (!seen.subarray(0, known).equals(start.subarray(0, known))) {
        throw sealBroken('it does not begin as an age file does');
      }
      for (let end = seen.indexOf(lineFeed, from); end >= 0; end = seen.indexOf(lineFeed, lineStart)) {
        const first = lineStart;
        lineStart = end + 1;
        // No line of a header but its last begins with three dashes.
        if (seen[first] !== dash || seen[first + 1] !== dash || seen[first + 2] !== dash) continue;
        const bytes = seen.subarray(0, lineStart);
        return { header: parseHeader(bytes), sizeBytes: lineStart, rest: piece.subarray(lineStart - from) };
      }
      if (used === maxHeaderBytes) throw sealBroken(`its header is longer than ${maxHeaderBytes} bytes`);
      return undefined;
    },
  };
}
