import { randomUUID } from 'node:crypto';
import { addAbortListener } from 'node:events';
import { Readable } from 'node:stream';
import { BackupError } from '../errors.ts';
import { shown } from '../shown.ts';
import { cancelled } from './endings.ts';
import { isName, parsePath } from './path.ts';
import { silentMs, streamOf } from './s3/body.ts';
import { type Handed, partBytes, partSums } from './s3/part-sums.ts';
import type { HeadObjectCommandOutput } from './s3/sdk.ts';
import { s3Trouble, statusOf } from './s3/trouble.ts';
import type { Store } from './store.ts';

/** A place in object storage that speaks S3. */
export interface S3Place {
  readonly bucket: string;
  /** Names joined by `/` that all keys begin with; empty: none. */
  readonly prefix: string;
  readonly region?: string;
  /** URL of the service; left out: AWS. */
  readonly endpoint?: string;
  /** Whether the bucket stands in the path of URLs instead of the name of the host. */
  readonly isPathStyle?: boolean;
}

/** How people are told of such a store. */
export function s3Name({ bucket, prefix }: S3Place): string {
  return `s3://${[bucket, ...(prefix === '' ? [] : [prefix])].join('/')}`;
}

/** How many parts of an object are sent at a time; each is held in memory, and several objects are kept side by side. */
const partsAtOnce = 2;
const connectMs = 10_000;
/** What an object's metadata names its upload by, to know one whose answer was lost. */
const uploadField = 'upload';

/**
 * A store in object storage. Needs leave to list, read and create there, nothing more; `remove` needs leave to delete.
 * Credentials come from where AWS tools look for them. Every request carries checksums that the service verifies.
 *
 * Rejects with `store-failed` if the bucket cannot be listed.
 */
export async function openS3(place: S3Place): Promise<Store & AsyncDisposable> {
  const sdk = await import('./s3/sdk.ts');
  const { bucket, prefix, region, endpoint, isPathStyle } = place;
  const name = s3Name(place);
  const settings = {
    ...(region === undefined && endpoint === undefined ? {} : { region: region ?? 'us-east-1' }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(isPathStyle === undefined ? {} : { forcePathStyle: isPathStyle }),
    followRegionRedirects: true,
    requestHandler: { connectionTimeout: connectMs, socketTimeout: silentMs },
  };
  const client = new sdk.S3Client(settings);
  // Whoever reads may pause; what the service does not give in time is told by `streamOf`.
  const reader = new sdk.S3Client({ ...settings, requestHandler: { connectionTimeout: connectMs } });
  const keyOf = (names: readonly string[]) => [...(prefix === '' ? [] : [prefix]), ...names].join('/');
  const handed = new Map<string, Handed>();

  async function head(key: string): Promise<HeadObjectCommandOutput | undefined> {
    try {
      return await client.send(new sdk.HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' }));
    } catch (error) {
      if (statusOf(error) === 404 && !(error instanceof sdk.NoSuchBucket)) return undefined;
      throw error;
    }
  }

  /** Sends all of `content`; false if something has the key already. */
  async function send(key: string, content: Readable): Promise<boolean> {
    const upload = randomUUID();
    const sums = partSums();
    const counted = Readable.from(
      (async function* () {
        for await (const chunk of content as AsyncIterable<Uint8Array>) {
          sums.add(chunk);
          yield chunk;
        }
      })(),
      { objectMode: false },
    );
    try {
      const params = {
        ...{ Bucket: bucket, Key: key, Body: counted, IfNoneMatch: '*', Metadata: { [uploadField]: upload } },
        ChecksumAlgorithm: 'SHA256' as const,
      };
      const sending = new sdk.Upload({ client, params, partSize: partBytes, queueSize: partsAtOnce });
      await sending.done();
    } catch (error) {
      // Content that failed is no trouble of the service, and nothing was completed.
      if (content.errored) throw content.errored;
      const there = await head(key).catch(() => undefined);
      if (there === undefined) throw error;
      // An answer may be lost, and its repetition then find our own object in the way.
      if (there.Metadata?.[uploadField] !== upload) return false;
    }
    handed.set(key, sums.end());
    return true;
  }

  try {
    await client.send(new sdk.ListObjectsV2Command({ Bucket: bucket, Prefix: keyOf(['']), MaxKeys: 1 }));
  } catch (error) {
    client.destroy();
    reader.destroy();
    throw s3Trouble(`use ${name}`, error);
  }

  return {
    name,

    async put(path, content, { signal } = {}) {
      // Content that fails before it is read has nobody else listening yet.
      content.on('error', () => {});
      const action = `keep ${shown(path)} in ${name}`;
      const stop = signal && addAbortListener(signal, () => content.destroy(cancelled(action, signal.reason)));
      try {
        if (signal?.aborted) throw cancelled(action, signal.reason);
        const key = keyOf(parsePath(path));
        if (!(await head(key)) && (await send(key, content))) return;
        throw new BackupError('object-exists', `cannot ${action}: there is something of that name already`);
      } catch (error) {
        if (signal?.aborted) throw cancelled(action, error);
        throw error === content.errored ? error : s3Trouble(action, error);
      } finally {
        stop?.[Symbol.dispose]();
        content.destroy();
      }
    },

    async get(path, { signal } = {}) {
      const action = `read ${shown(path)} from ${name}`;
      const key = keyOf(parsePath(path));
      const told = (error: unknown) => (signal?.aborted ? cancelled(action, error) : s3Trouble(action, error));
      try {
        if (signal?.aborted) throw cancelled(action, signal.reason);
        const late = new AbortController();
        const timer = setTimeout(() => late.abort(), 2 * silentMs);
        const abortSignal = AbortSignal.any([late.signal, ...(signal ? [signal] : [])]);
        const answer = await reader
          .send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal })
          .finally(() => clearTimeout(timer));
        return streamOf(answer.Body as Readable, told, signal);
      } catch (error) {
        if (!(error instanceof sdk.NoSuchKey)) throw told(error);
        throw new BackupError('object-missing', `cannot ${action}: it is not there`, { cause: error });
      }
    },

    async measure(path) {
      // One short question, which no signal need call off.
      const key = keyOf(parsePath(path));
      const ours = handed.get(key);
      if (ours === undefined) return undefined;
      const there = await head(key).catch((error: unknown) => {
        throw s3Trouble(`look at ${shown(path)} in ${name}`, error);
      });
      // The service made it of what it received, part by part.
      if (there?.ChecksumSHA256 !== ours.checksum || there.ContentLength !== ours.sizeBytes) return undefined;
      return { sizeBytes: ours.sizeBytes, sha256: ours.sha256 };
    },

    async *list(folder) {
      const from = keyOf([...parsePath(folder), '']);
      const own = keyOf(['']).length;
      try {
        const pages = sdk.paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: from });
        for await (const { Contents = [] } of pages) {
          for (const { Key = '', Size = 0 } of Contents) {
            const path = prefix === '' ? Key : Key.slice(own);
            if (path.split('/').every(isName)) yield { path, sizeBytes: Size };
          }
        }
      } catch (error) {
        throw s3Trouble(`list ${shown(folder)} in ${name}`, error);
      }
    },

    async remove(path) {
      const key = keyOf(parsePath(path));
      try {
        if (await head(key)) await client.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: key }));
      } catch (error) {
        throw s3Trouble(`remove ${shown(path)} from ${name}`, error);
      }
    },

    async [Symbol.asyncDispose]() {
      client.destroy();
      reader.destroy();
    },
  };
}
