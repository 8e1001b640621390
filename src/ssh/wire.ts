/**
 * Reads `count` length-prefixed strings (RFC 4251, section 5) from `bytes` at `offset`, and says where they end.
 * Undefined if they do not fit.
 */
export function readStrings(
  bytes: Buffer,
  count: number,
  offset = 0,
): { readonly strings: readonly Buffer[]; readonly end: number } | undefined {
  const strings: Buffer[] = [];
  let end = offset;
  while (strings.length < count) {
    if (end + 4 > bytes.length) return undefined;
    const length = bytes.readUInt32BE(end);
    if (end + 4 + length > bytes.length) return undefined;
    strings.push(bytes.subarray(end + 4, end + 4 + length));
    end += 4 + length;
  }
  return { strings, end };
}
