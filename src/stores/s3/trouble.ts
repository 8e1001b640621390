import { BackupError, type ErrorCode } from '../../errors.ts';
import { cutOff } from '../endings.ts';

interface Meaning {
  readonly code?: ErrorCode;
  readonly why: string;
  readonly hint?: string;
}

const credentialsHint =
  'Credentials are looked for as AWS tools do: in the environment, the shared files, a web identity (OIDC), the machine';

/** What S3, the way to it, or the search for credentials says, by the name of the error. */
const meanings: Readonly<Record<string, Meaning>> = {
  AccessDenied: { why: 'permission denied' },
  AccountProblem: { why: 'the account has a problem' },
  BadDigest: { why: 'what arrived is not what was sent' },
  CredentialsProviderError: { why: 'no credentials were found', hint: credentialsHint },
  ENOTFOUND: { why: 'the name of the endpoint is not known' },
  ECONNREFUSED: { why: 'the endpoint refuses connections' },
  ECONNRESET: { code: 'connection-lost', why: 'the connection was lost' },
  EPIPE: { code: 'connection-lost', why: 'the connection was lost' },
  EntityTooLarge: { why: 'it is larger than an object may be' },
  ExpiredToken: { why: 'the credentials have ended', hint: 'Let them last longer than a backup takes' },
  InvalidAccessKeyId: { why: 'the access key is not known there', hint: credentialsHint },
  NoSuchBucket: { why: 'there is no such bucket' },
  PermanentRedirect: { why: 'the bucket is in another region', hint: 'Add region= to the store' },
  QuotaExceeded: { code: 'disk-full', why: 'the quota is used up' },
  RequestTimeTooSkewed: { why: 'the clock of this machine is wrong by more than S3 allows' },
  SignatureDoesNotMatch: { why: 'the secret key is wrong' },
  SlowDown: { why: 'the service asks to slow down' },
  ServiceUnavailable: { why: 'the service is not available' },
  InternalError: { why: 'the service failed' },
  TimeoutError: { code: 'timed-out', why: 'there was no answer in time' },
};

/** The name S3's client gives `error`, or the system's; undefined when it is neither. */
export function troubleName(error: unknown): string | undefined {
  if (!(error instanceof Error) || error instanceof BackupError) return undefined;
  if ('code' in error && typeof error.code === 'string' && /^E[A-Z0-9_]+$/.test(error.code)) return error.code;
  return '$metadata' in error || error.name in meanings ? error.name : undefined;
}

/** The status of S3's answer, if `error` is one. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  return (error.$metadata as { readonly httpStatusCode?: number }).httpStatusCode;
}

/**
 * What S3's client says, met while doing `action`, as ours. Nothing of the server's own words gets into the message but
 * the name of the error, if it looks like one.
 */
export function s3Trouble(action: string, error: unknown): Error {
  if (error instanceof BackupError) return error;
  const name = troubleName(error);
  const cut = cutOff(action, error);
  if (cut !== undefined) return cut;
  if (name === undefined) {
    // The client has errors without a name: no region, a checksum that does not match.
    const isRegion = error instanceof Error && error.message === 'Region is missing';
    const why = isRegion ? 'no region is known' : 'the S3 client gave up';
    const hint = isRegion ? { hint: 'Add region= to the store' } : {};
    return new BackupError('store-failed', `cannot ${action}: ${why}`, { ...hint, cause: error });
  }
  const status = statusOf(error);
  const isDenied = status === 401 || status === 403;
  const known = meanings[name] ?? (isDenied ? meanings.AccessDenied : undefined);
  const shown = /^[A-Za-z]{1,40}$/.test(name) ? name : 'an unknown error';
  const {
    code = 'store-failed',
    why,
    hint,
  } = known ?? { why: `${shown}${status === undefined ? '' : ` (${status})`}` };
  return new BackupError(code, `cannot ${action}: ${why}`, { ...(hint === undefined ? {} : { hint }), cause: error });
}
