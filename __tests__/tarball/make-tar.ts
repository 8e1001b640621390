/** What stands in a header; nothing is checked, so that it can be evil. */
export interface HeaderFields {
  readonly path: string | Buffer;
  readonly size?: number | string | Buffer;
  /** Default `0`, a file. */
  readonly type?: string;
  readonly mode?: string;
  readonly link?: string;
  readonly prefix?: string;
  /** Default `ustar  \0`, GNU's own. */
  readonly magic?: string;
  /** Bytes to put somewhere, before the sum is made. */
  readonly patch?: (header: Buffer) => void;
}

export const posixMagic = 'ustar\u000000';

/** A header of 512 bytes, written byte by byte, with the right sum. */
export function header(fields: HeaderFields): Buffer {
  const { path, size = 0, type = '0', mode = '0000644\0', link = '', prefix = '', magic = 'ustar  \0' } = fields;
  const bytes = Buffer.alloc(512);
  const put = (value: string | Buffer, at: number, length: number) =>
    void Buffer.from(value).copy(bytes, at, 0, Math.min(length, Buffer.from(value).length));
  put(path, 0, 100);
  put(mode, 100, 8);
  put('0001747\0', 108, 8);
  put('0001747\0', 116, 8);
  put(typeof size === 'number' ? `${size.toString(8).padStart(11, '0')}\0` : size, 124, 12);
  put('14675260000\0', 136, 12);
  put(type, 156, 1);
  put(link, 157, 100);
  bytes.write(magic, 257, 'latin1');
  put(prefix, 345, 155);
  fields.patch?.(bytes);
  bytes.fill(' ', 148, 156);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}

/** `contents` filled up to whole blocks. */
export function filled(contents: string | Buffer): Buffer {
  const bytes = Buffer.from(contents);
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 511)]);
}

/** A file with its contents. */
export function file(path: string, contents = '', fields: Partial<HeaderFields> = {}): Buffer {
  return Buffer.concat([header({ path, size: Buffer.byteLength(contents), ...fields }), filled(contents)]);
}

/** GNU's way to name what comes next. */
export function longPath(path: string): Buffer {
  return Buffer.concat([
    header({ path: '././@LongLink', type: 'L', size: Buffer.byteLength(path) + 1 }),
    filled(`${path}\0`),
  ]);
}

/** A pax header with these records, each with its own length. */
export function pax(records: readonly (readonly [key: string, value: string])[]): Buffer {
  return rawPax(records.map(([key, value]) => paxRecord(key, value)).join(''));
}

export function rawPax(body: string): Buffer {
  const about = { path: 'PaxHeaders/x', type: 'x', size: Buffer.byteLength(body), magic: posixMagic };
  return Buffer.concat([header(about), filled(body)]);
}

export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest);
  while (String(length).length + Buffer.byteLength(rest) !== length)
    length = String(length).length + Buffer.byteLength(rest);
  return `${length}${rest}`;
}

/** The entries, and the two blocks that end a tar. */
export function tarOf(...entries: readonly Buffer[]): Buffer {
  return Buffer.concat([...entries, Buffer.alloc(1024)]);
}
