const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const checksumLength = 6;

/** Text in Bech32 (BIP 173) without its limit on length, as age uses it. Lower case. */
export function toBech32(prefix: string, bytes: Uint8Array): string {
  const words = regroup(bytes, 8, 5, true) ?? [];
  const sum = checksum([...expand(prefix), ...words, 0, 0, 0, 0, 0, 0]) ^ 1;
  for (let i = 0; i < checksumLength; i++) words.push((sum >>> (5 * (5 - i))) & 31);
  return `${prefix}1${words.map((word) => alphabet[word]).join('')}`;
}

/** What Bech32 text says; undefined if it is not Bech32 (mixed case, wrong checksum, loose bits). `prefix` keeps its case. */
export function fromBech32(text: string): { prefix: string; bytes: Uint8Array } | undefined {
  const lower = text.toLowerCase();
  if (text !== lower && text !== text.toUpperCase()) return undefined;
  const split = lower.lastIndexOf('1');
  const prefix = lower.slice(0, split);
  if (split < 1 || /[^\x21-\x7e]/.test(prefix)) return undefined;
  const words = Array.from(lower.slice(split + 1), (letter) => alphabet.indexOf(letter));
  if (words.includes(-1) || words.length < checksumLength) return undefined;
  if (checksum([...expand(prefix), ...words]) !== 1) return undefined;
  const bytes = regroup(words.slice(0, -checksumLength), 5, 8, false);
  return bytes && { prefix: text.slice(0, split), bytes: Uint8Array.from(bytes) };
}

function checksum(words: readonly number[]): number {
  let sum = 1;
  for (const word of words) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ word;
    generator.forEach((term, bit) => {
      if ((top >>> bit) & 1) sum ^= term;
    });
  }
  return sum;
}

function expand(prefix: string): number[] {
  const codes = Array.from(prefix, (letter) => letter.charCodeAt(0));
  return [...codes.map((code) => code >>> 5), 0, ...codes.map((code) => code & 31)];
}

function regroup(groups: Iterable<number>, from: number, to: number, pad: boolean): number[] | undefined {
  const out: number[] = [];
  let held = 0;
  let bits = 0;
  for (const group of groups) {
    held = ((held << from) | group) & 0xfff;
    bits += from;
    while (bits >= to) {
      bits -= to;
      out.push((held >>> bits) & ((1 << to) - 1));
    }
  }
  const loose = held & ((1 << bits) - 1);
  if (pad && bits > 0) out.push((loose << (to - bits)) & ((1 << to) - 1));
  return !pad && (bits >= from || loose !== 0) ? undefined : out;
}
