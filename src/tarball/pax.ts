import { Pax } from 'tar';

/** What of an entry we let a pax header say. */
const known: ReadonlySet<string> = new Set(['path', 'size', 'mtime', 'atime', 'ctime', 'uid', 'gid', 'uname', 'gname']);

/**
 * The records of a pax header, or as text why they are not let through. The tar package passes over records that it
 * cannot read, which others would read: so each must be one that both know, and stand there once.
 */
export function readPax(body: Buffer): Pax | string {
  const text = body.toString('utf8');
  if (!text.endsWith('\n') || text.includes('\0')) return 'has attributes that cannot be read';
  const keys = text.slice(0, -1).split('\n').map(keyOf);
  if (keys.includes(undefined)) return 'has attributes that cannot be read';
  if (new Set(keys).size < keys.length) return 'has the same attribute twice';
  if (!keys.every((key) => key !== undefined && known.has(key))) return 'has attributes that we do not know';
  const pax = Pax.parse(text);
  if (keys.includes('size') && pax.size === undefined) return 'has attributes that cannot be read';
  return pax;
}

function keyOf(line: string): string | undefined {
  const [, length, key] = /^([1-9][0-9]{0,6}) ([^=]+)=/.exec(line) ?? [];
  return Number(length) === Buffer.byteLength(line) + 1 ? key : undefined;
}
