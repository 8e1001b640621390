import { isIP } from 'node:net';
import type { SshLogin } from '../ssh/login.ts';
import { isName } from '../stores/path.ts';
import type { S3Place } from '../stores/s3.ts';
import type { Given } from './inputs.ts';
import { refuse } from './refuse.ts';
import { isUser, linesOf, parseHostName, parsePort } from './values.ts';

/** Where backups are kept. */
export type StoreSettings =
  /** The absolute path of a folder of this machine. */
  | { readonly kind: 'directory'; readonly path: string }
  /** The absolute path of a folder of another machine. */
  | { readonly kind: 'sftp'; readonly login: SshLogin; readonly path: string }
  | { readonly kind: 's3'; readonly place: S3Place };

const forms =
  'Write directory:/path, sftp://user@host:port/path or s3://bucket/prefix?region=…&endpoint=…, one store a line';

/** The stores that were given, in their order; none if none was. What is not understood is not shown: it may hold a password. */
export function parseStoreSettings(given: Given): StoreSettings[] {
  const lines = linesOf(given.stores ?? '');
  if (new Set(lines).size < lines.length) throw refuse('stores', 'names a store twice');
  const settings = lines.map((line) => parseStore(line, given));
  const isSftp = settings.some(({ kind }) => kind === 'sftp');
  const stray = (['sftp-private-key', 'sftp-known-hosts', 'sftp-passphrase'] as const).find(
    (name) => given[name] !== undefined,
  );
  if (stray !== undefined && !isSftp && lines.length > 0) {
    throw refuse(stray, 'is given without a store that is reached over SFTP', forms);
  }
  return settings;
}

function parseStore(line: string, given: Given): StoreSettings {
  const [, kind = '', rest = ''] = /^([a-z0-9]{1,12}):(\/.*|[a-z].*)$/s.exec(line) ?? [];
  switch (kind) {
    case 'directory':
      if (rest.startsWith('/')) return { kind, path: rest };
      throw refuse('stores', 'has a folder that is not an absolute path', 'Write directory: and the whole path');
    case 'sftp':
      return parseSftp(rest, given);
    case 's3':
      return { kind, place: parseS3(rest) };
    default: {
      // Only what is plainly a kind is shown.
      const name = rest.startsWith('/') || line === 'artifact' ? `of kind ${kind || line}` : 'of a kind';
      throw refuse('stores', `names a store ${name} that is not offered in this version`, forms);
    }
  }
}

function parseSftp(rest: string, given: Given): StoreSettings {
  const [, who, bracketed, plain, port, path = ''] =
    /^\/\/([^@/]+)@(?:\[([^\]/]+)\]|([^:[\]/@]+))(?::([^/]*))?(\/.*)$/s.exec(rest) ?? [];
  const host = bracketed ?? plain;
  if (who === undefined || host === undefined) {
    throw refuse('stores', 'has an SFTP store that is not understood', 'Write sftp://user@host/path');
  }
  if (who.includes(':')) throw refuse('stores', 'has a password in it', 'Give a key as sftp-private-key');
  if (!isUser(who)) throw refuse('stores', 'has an SFTP store whose user is not the name of one');
  const isPlain = !/\p{Cc}/u.test(path) && !path.split('/').includes('..') && path !== '/';
  if (!isPlain) throw refuse('stores', 'has a folder that is not a plain absolute path', 'Write it whole, without ..');
  const { 'sftp-private-key': privateKey, 'sftp-known-hosts': knownHosts, 'sftp-passphrase': passphrase } = given;
  if (privateKey === undefined) throw refuse('sftp-private-key', 'is needed for a store that is reached over SFTP');
  return {
    kind: 'sftp',
    login: {
      host: parseHostName('stores', host),
      port: parsePort('stores', port),
      user: who,
      privateKey,
      knownHosts: knownHosts ?? '',
      ...(passphrase === undefined ? {} : { passphrase }),
    },
    path: path.replace(/\/+$/, ''),
  };
}

const s3Form = 'Write s3://bucket/prefix, and after it ?region=…, &endpoint=https://… or &path-style=true where needed';

function parseS3(rest: string): S3Place {
  const [, bucket, folder = '', query = ''] = /^\/\/([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(rest) ?? [];
  if (bucket === undefined || !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw refuse('stores', 'has an S3 store without the name of a bucket', s3Form);
  }
  const prefix = folder.replace(/\/+$/, '');
  if (prefix !== '' && !prefix.split('/').every(isName)) {
    throw refuse('stores', 'has an S3 prefix that is not names joined by /', s3Form);
  }
  const settings = new Map(new URLSearchParams(query));
  const odd = [...settings.keys()].find((name) => !['region', 'endpoint', 'path-style'].includes(name));
  if (odd !== undefined) throw refuse('stores', 'has a setting of S3 that is not known', s3Form);
  const [region, endpoint, style] = ['region', 'endpoint', 'path-style'].map((name) => settings.get(name));
  if (region !== undefined && !/^[a-z0-9-]{1,40}$/.test(region)) throw refuse('stores', 'has an odd S3 region', s3Form);
  if (style !== undefined && style !== 'true' && style !== 'false') {
    throw refuse('stores', 'has a path-style that is neither true nor false', s3Form);
  }
  return {
    bucket,
    prefix,
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint: parseEndpoint(endpoint) }),
    ...(style === undefined ? {} : { isPathStyle: style === 'true' }),
  };
}

/** Without TLS only on this machine: whoever listens could use what is signed. */
function parseEndpoint(text: string): string {
  const url = URL.parse(text);
  const isLocal =
    url !== null && (url.hostname === 'localhost' || (isIP(url.hostname) === 4 && url.hostname.startsWith('127.')));
  const isPlain = url !== null && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (url !== null && isPlain && (url.protocol === 'https:' || (url.protocol === 'http:' && isLocal))) return url.href;
  throw refuse('stores', 'has an S3 endpoint that is not understood', 'Write it as https://host or https://host:port');
}
