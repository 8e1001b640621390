import { Header } from 'tar';

/** What a header block begins: a file, a folder, or a name or attributes for the entry after it. */
export interface Block {
  readonly kind: 'file' | 'folder' | 'long-path' | 'pax';
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedAt: Date | undefined;
}

const kinds: Readonly<Record<string, Block['kind']>> = {
  '0': 'file',
  '\0': 'file',
  '5': 'folder',
  L: 'long-path',
  x: 'pax',
};

const posix = 'ustar\u000000';
const gnu = 'ustar  \0';
const timeAt = 136;
/** Where mode, user, group, size and time stand, and in how many bytes. */
const numbers = [
  [100, 8],
  [108, 8],
  [116, 8],
  [124, 12],
  [timeAt, 12],
] as const;
const setUserOrGroupId = 0o6000;

/**
 * Reads a header of 512 bytes, or says as text why it is not let through. Stricter than any unpacker: what GNU tar,
 * busybox and the tar package do not all read the same is refused.
 */
export function readHeader(bytes: Buffer): Block | string {
  const header = decode(bytes);
  if (!header?.cksumValid) return 'is damaged';
  const magic = bytes.toString('latin1', 257, 265);
  if (magic !== posix && magic !== gnu) return 'is of a format we do not know';
  const kind = kinds[bytes.toString('latin1', 156, 157)];
  if (kind === undefined) return `is neither a file nor a folder (${header.type})`;
  if (!areTextsClean(bytes, magic) || !areNumbersClean(bytes)) return 'has fields that can be read in two ways';
  const { size: sizeBytes = Number.NaN, mode = Number.NaN } = header;
  // The tar package takes the size of a folder for 0, whatever stands there; others would skip that many bytes.
  const declaredBytes = kind === 'folder' ? toSize(bytes) : sizeBytes;
  if (!Number.isSafeInteger(sizeBytes) || declaredBytes !== sizeBytes) return 'has no proper size';
  if ((mode & setUserOrGroupId) !== 0) return 'would run as somebody else (setuid or setgid)';
  return { kind, path: header.path ?? '', sizeBytes, modifiedAt: toProperTime(header.mtime) };
}

/** Undefined if a number in it is larger than any we could count to. */
function decode(bytes: Buffer): Header | undefined {
  try {
    return new Header(bytes);
  } catch {
    return undefined;
  }
}

/** What stands behind the end of a text is seen by some programs and not by others, so there must be nothing. */
function areTextsClean(bytes: Buffer, magic: string): boolean {
  const hasLink = !isZero(bytes.subarray(157, 257));
  if (hasLink || !isTerminated(bytes.subarray(0, 100))) return false;
  // GNU's own format keeps other things where POSIX has the beginning of the path; busybox does not care which it is.
  if (magic === gnu) return isZero(bytes.subarray(345, 512));
  return isTerminated(bytes[475] === 0 ? bytes.subarray(345, 475) : bytes.subarray(345, 500));
}

/** The tar package reads a number as far as it is one; others refuse it, or read on. */
function areNumbersClean(bytes: Buffer): boolean {
  return numbers.every(([at, length]) => {
    // Of base 256, where it does not fit otherwise. Only a time can be negative.
    if (bytes[at] === 0x80 || (at === timeAt && bytes[at] === 0xff)) return true;
    return /^ *[0-7]+[ \0]*$/.test(bytes.toString('latin1', at, at + length));
  });
}

function isTerminated(field: Buffer): boolean {
  const end = field.indexOf(0);
  return end === -1 || isZero(field.subarray(end));
}

/** `time`, unless it is no time at all. */
export function toProperTime(time: Date | undefined): Date | undefined {
  return time === undefined || Number.isNaN(time.getTime()) ? undefined : time;
}

/** Whether all of `bytes` are 0. */
export function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}

function toSize(bytes: Buffer): number {
  return Number.parseInt(bytes.toString('latin1', 124, 136), 8);
}
