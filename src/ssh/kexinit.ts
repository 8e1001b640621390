import { readStrings } from './wire.ts';

const messageKexInit = 20;
const lists = {
  'key exchange algorithm': 0,
  'host key format': 1,
  'C->S cipher': 2,
  'S->C cipher': 3,
  'C->S MAC': 4,
  'S->C MAC': 5,
};

/**
 * What an SSH server offers of one kind (ssh2's words, e.g. `host key format`), out of the first bytes it sent: its
 * banner and its KEXINIT (RFC 4253, section 7.1), which are in the clear. Empty if they do not say.
 */
export function offerOf(opening: Buffer, kind: string): readonly string[] {
  const index = Object.entries(lists).find(([name]) => name.toLowerCase() === kind.toLowerCase())?.[1];
  const banner = /(?:^|\n)SSH-[^\n]*\n/.exec(opening.toString('latin1'));
  if (index === undefined || banner === null) return [];
  const packet = opening.subarray(banner.index + banner[0].length);
  // Length, padding length, message number, cookie; then the lists.
  if (packet[5] !== messageKexInit) return [];
  const offer = readStrings(packet, 10, 22)?.strings[index]?.toString('latin1') ?? '';
  return offer.split(',').filter((name) => /^[\w@.-]{1,64}$/.test(name));
}
