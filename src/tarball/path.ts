const longestPathBytes = 4096;
const longestSegmentBytes = 255;

/**
 * `path` as every program reads it that unpacks a tar: relative, of plain segments, so that it stays below the folder
 * it is unpacked into. Undefined if it is anything else.
 */
export function toPlainPath(path: string, kind: 'file' | 'folder'): string | undefined {
  const closed = kind === 'folder' && path.endsWith('/') ? path.slice(0, -1) : path;
  if (closed === '.' && kind === 'folder') return closed;
  const plain = closed.startsWith('./') ? closed.slice(2) : closed;
  if (plain.includes('\0') || Buffer.byteLength(plain) > longestPathBytes) return undefined;
  return plain.split('/').every(isPlainSegment) ? plain : undefined;
}

function isPlainSegment(segment: string): boolean {
  return segment !== '' && segment !== '.' && segment !== '..' && Buffer.byteLength(segment) <= longestSegmentBytes;
}
