import { createHmac } from 'node:crypto';
import { BackupError } from '../errors.ts';
import { keyTypeOf } from './fingerprint.ts';

const longestBytes = 1024 * 1024;

/** What the lines say of a key that a host shows. `unknown`: they say nothing of that host. */
export type Verdict =
  | { readonly kind: 'known' | 'unknown' | 'revoked' }
  | { readonly kind: 'mismatch'; readonly expected: readonly Buffer[] };

export interface KnownHosts {
  judge(host: string, port: number, key: Buffer): Verdict;
  /** Types of the keys known for a host, in the order of the lines. */
  keyTypes(host: string, port: number): readonly string[];
}

interface Line {
  readonly isRevoked: boolean;
  readonly hosts: string;
  readonly key: Buffer;
}

/**
 * Reads known_hosts lines (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). Keys only: `@cert-authority` lines are left out, as are
 * protocol 1 keys. A line that cannot be read is `input-invalid`, with its number.
 */
export function parseKnownHosts(text: string): KnownHosts {
  if (text.length > longestBytes) {
    throw new BackupError('input-invalid', `The known hosts are longer than ${longestBytes} bytes`);
  }
  const lines = text.split(/\r\n|\r|\n/).flatMap((line, index) => parseLine(line.trim(), index + 1) ?? []);

  // As OpenSSH does: the name with its port, and only if no line has that, the name alone.
  function of(host: string, port: number): readonly Line[] {
    const plain = host.toLowerCase();
    const named = lines.filter((line) => isNamed(line.hosts, `[${plain}]:${port}`));
    const alone = lines.filter((line) => isNamed(line.hosts, plain));
    return port === 22 ? [...alone, ...named] : named.some((line) => !line.isRevoked) ? named : [...named, ...alone];
  }

  return {
    keyTypes: (host, port) => [
      ...new Set(of(host, port).flatMap((line) => (line.isRevoked ? [] : [keyTypeOf(line.key)]))),
    ],
    judge(host, port, key) {
      const matching = of(host, port);
      if (matching.some((line) => line.isRevoked && line.key.equals(key))) return { kind: 'revoked' };
      const expected = matching.flatMap((line) => (line.isRevoked ? [] : [line.key]));
      if (expected.some((known) => known.equals(key))) return { kind: 'known' };
      return expected.length === 0 ? { kind: 'unknown' } : { kind: 'mismatch', expected };
    },
  };
}

function parseLine(line: string, number: number): Line | undefined {
  if (line === '' || line.startsWith('#')) return undefined;
  const words = line.split(/[ \t]+/);
  const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
  if (marker === '@cert-authority') return undefined;
  const [hosts = '', type = '', encoded = ''] = words;
  if (marker === undefined && /^\d+$/.test(type) && /^\d+$/.test(encoded)) return undefined;
  const key = Buffer.from(encoded, 'base64');
  const isWhole = key.toString('base64').replace(/=+$/, '') === encoded.replace(/=+$/, '') && isOfWholeFields(key);
  if ((marker !== undefined && marker !== '@revoked') || !isWhole || type === '' || keyTypeOf(key) !== type) {
    throw new BackupError('input-invalid', `Line ${number} of the known hosts cannot be read`, {
      hint: 'A line has host names, a key type and a key, as ssh-keyscan prints them',
    });
  }
  return { isRevoked: marker !== undefined, hosts, key };
}

/** A key is made of fields that each say their length: one that was cut ends inside of one. */
function isOfWholeFields(key: Buffer): boolean {
  let end = 0;
  while (end + 4 <= key.length) end += 4 + key.readUInt32BE(end);
  return end === key.length;
}

function isNamed(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) return isHashOf(hosts, name);
  const patterns = hosts.toLowerCase().split(',');
  if (patterns.some((pattern) => pattern.startsWith('!') && isMatch(pattern.slice(1), name))) return false;
  return patterns.some((pattern) => isMatch(pattern, name));
}

function isHashOf(hashed: string, name: string): boolean {
  const [, version, salt, hash] = hashed.split('|');
  if (version !== '1' || salt === undefined || hash === undefined) return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}

function isMatch(pattern: string, name: string): boolean {
  const expression = pattern.replaceAll(/[^*?]/g, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
  return new RegExp(`^${expression.replaceAll(/\*+/g, '.*').replaceAll('?', '.')}$`, 'u').test(name);
}
