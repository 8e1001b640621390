import { fromPaddedBase64 } from './base64.ts';
import { sealBroken } from './broken.ts';

/** Takes age's ASCII armor as it comes and gives back the bytes in it. */
export interface Dearmorer {
  /** The bytes the lines completed by this piece stand for. Throws `seal-broken` for any but the strict form. */
  push(piece: Uint8Array): Uint8Array;
  /** The text has ended. Throws `seal-broken` if its last line is missing. */
  end(): void;
}

const begin = '-----BEGIN AGE ENCRYPTED FILE-----';
const end = '-----END AGE ENCRYPTED FILE-----';
const columns = 64;
const maxLineBytes = 1024;

/** Strict PEM (RFC 7468 figure 3) as age asks for: LF or CRLF, white space around the block, nothing else loose. */
export function createDearmorer(): Dearmorer {
  let place: 'before' | 'inside' | 'last line seen' | 'after' = 'before';
  let held = '';

  const readLine = (line: string): Uint8Array | undefined => {
    if (place === 'after' || place === 'before') {
      if (line.trim() === '') return undefined;
      if (place === 'after' || line.trimStart() !== begin) throw sealBroken('its armor has a wrong form');
      place = 'inside';
      return undefined;
    }
    if (line === end) {
      place = 'after';
      return undefined;
    }
    const bytes = line === '' || line.length > columns ? undefined : fromPaddedBase64(line);
    if (bytes === undefined || place !== 'inside') throw sealBroken('its armor has a wrong form');
    if (line.length < columns || line.endsWith('=')) place = 'last line seen';
    return bytes;
  };

  return {
    push(piece) {
      const text = held + Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1');
      const lines = text.split('\n');
      held = lines.pop() ?? '';
      if (held.length > maxLineBytes) throw sealBroken('its armor has a wrong form');
      return Buffer.concat(lines.flatMap((line) => readLine(line.replace(/\r$/, '')) ?? []));
    },
    end() {
      if (held !== '') readLine(held);
      if (place !== 'after') throw sealBroken('its armor has no end');
    },
  };
}
