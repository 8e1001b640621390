import { fromBase64, toBase64 } from './base64.ts';
import { sealBroken } from './broken.ts';
import { hkdf, hmac } from './hkdf.ts';
import { sodium } from './sodium.ts';
import { checkStanzas, type Stanza } from './stanza.ts';

/** The text in front of an age payload (C2SP age.md, "Header"). */
export interface Header {
  readonly stanzas: readonly Stanza[];
  /** The bytes its MAC is made over: up to and including `---`. */
  readonly signed: Uint8Array;
  readonly mac: Uint8Array;
}

const versionLine = 'age-encryption.org/v1';
const columns = 64;
const macBytes = 32;
const maxStanzas = 128;

/** The header that wraps `fileKey` in these stanzas, as bytes. */
export function formatHeader(stanzas: readonly Stanza[], fileKey: Uint8Array): Uint8Array {
  const lines = [versionLine];
  for (const { args, body } of stanzas) {
    lines.push(['->', ...args].join(' '));
    const text = toBase64(body);
    // The last line is shorter than the others, if need be empty.
    for (let i = 0; i <= text.length; i += columns) lines.push(text.slice(i, i + columns));
  }
  const signed = Buffer.from([...lines, '---'].join('\n'));
  return Buffer.concat([signed, Buffer.from(` ${toBase64(headerMac(fileKey, signed))}\n`)]);
}

/** Reads a whole header, up to and including the line end after the MAC. Throws `seal-broken` for any other spelling. */
export function parseHeader(bytes: Uint8Array): Header {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const lines = text.split('\n');
  if (lines.pop() !== '') throw sealBroken('its header has no end');
  const macLine = lines.pop() ?? '';
  if (lines.shift() !== versionLine) throw sealBroken('it does not begin as an age v1 file does');
  const stanzas = parseStanzas(lines);
  checkStanzas(stanzas);
  const mac = macLine.startsWith('--- ') ? fromBase64(macLine.slice(4)) : undefined;
  if (mac?.length !== macBytes) throw sealBroken('the last line of its header has a wrong form');
  return { stanzas, signed: bytes.subarray(0, bytes.length - 1 - macLine.length + '---'.length), mac };
}

/** Whether the header was written by somebody who knew this file key, and not changed since. */
export function isHeaderAuthentic(header: Header, fileKey: Uint8Array): boolean {
  return sodium.memcmp(headerMac(fileKey, header.signed), header.mac);
}

function headerMac(fileKey: Uint8Array, signed: Uint8Array): Uint8Array {
  return hmac(hkdf(fileKey, new Uint8Array(0), 'header'), signed);
}

function parseStanzas(lines: readonly string[]): Stanza[] {
  const stanzas: Stanza[] = [];
  let next = 0;
  while (next < lines.length) {
    const args = /^->((?: [\x21-\x7e]+)+)$/
      .exec(lines[next++] ?? '')?.[1]
      ?.slice(1)
      .split(' ');
    let body = '';
    let line: string | undefined;
    do {
      line = lines[next++];
      body += line ?? '';
    } while (line?.length === columns);
    const bytes = fromBase64(body);
    if (args === undefined || line === undefined || line.length > columns || bytes === undefined) {
      throw sealBroken(`recipient stanza ${stanzas.length + 1} of its header has a wrong form`);
    }
    if (stanzas.push({ args, body: bytes }) > maxStanzas) throw sealBroken('its header has too many recipients');
  }
  if (stanzas.length === 0) throw sealBroken('its header has no recipient');
  return stanzas;
}
