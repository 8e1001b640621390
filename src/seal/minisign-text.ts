import { fromPaddedBase64, toPaddedBase64 } from './base64.ts';

const untrusted = 'untrusted comment: ';

/** A minisign file's first two lines: a comment nobody vouches for, and base64. */
export function formatBox(comment: string, bytes: Uint8Array): string {
  return `${untrusted}${comment}\n${toPaddedBase64(bytes)}\n`;
}

/** The lines of a minisign file, without line ends and a blank end. */
export function linesOf(text: string): string[] {
  return text.trimEnd().split(/\r?\n/);
}

/** The bytes on the second line if the first is a comment; undefined unless it is that, and `lengthBytes` long. */
export function parseBox(lines: readonly string[], lengthBytes: number): Uint8Array | undefined {
  if (!lines[0]?.startsWith(untrusted)) return undefined;
  return parseBytes(lines[1], lengthBytes);
}

/** The bytes of a line of base64; undefined unless they are `lengthBytes`. */
export function parseBytes(line: string | undefined, lengthBytes: number): Uint8Array | undefined {
  const bytes = fromPaddedBase64(line?.trim() ?? '');
  return bytes?.length === lengthBytes ? bytes : undefined;
}
