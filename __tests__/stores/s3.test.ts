import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openS3, type S3Place } from '../../src/stores/s3.ts';
import { bytesOf, storeContract } from '../contracts/store.ts';
import { storeFaults } from '../contracts/store-faults.ts';
import { startProxy } from '../remote/proxy.ts';
import { type S3Server, startS3Server } from './s3-server.ts';

const run = promisify(execFile);

let server: S3Server;
const env = () => ({
  AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
});
beforeAll(async () => {
  server = await startS3Server();
  Object.assign(process.env, env());
});
afterAll(async () => {
  await server?.stop();
});

const newPlace = (endpoint = server.endpoint): S3Place => ({
  bucket: server.bucket,
  prefix: randomUUID(),
  endpoint,
  isPathStyle: true,
});

storeContract('object storage', async () => {
  const store = await openS3(newPlace());
  return { store, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
});

// Five parts of an upload.
storeFaults('object storage', 40_000_000, async () => {
  const proxy = await startProxy(Number(new URL(server.endpoint).port));
  const place = newPlace();
  return {
    settings: { kind: 's3', place },
    proxied: { kind: 's3', place: { ...place, endpoint: `http://127.0.0.1:${proxy.port}` } },
    proxy,
    env: env(),
    [Symbol.asyncDispose]: () => proxy.stop(),
  };
});

describe('object storage', () => {
  test('tells by its own checksums what it has, of one part and of several', async () => {
    await using store = await openS3(newPlace());
    for (const sizeBytes of [0, 1_000, 8_388_607, 8_388_608, 8_388_609, 16_777_216, 40_000_000]) {
      const content = randomBytes(sizeBytes);
      const path = `site/one/object-${sizeBytes}`;
      await store.put(path, Readable.from([content]));
      const [sha256] = (await run('sha256sum', [join(server.folder, keyOf(store.name, path))])).stdout.split(' ');
      expect(await store.measure?.(path)).toEqual({ sizeBytes, sha256 });
      expect((await bytesOf(store, path)).equals(content)).toBe(true);
    }
    // Of what another process put there it can tell nothing.
    await using other = await openS3({ ...newPlace(), prefix: keyOf(store.name, '').slice(0, -1) });
    expect(await other.measure?.('site/one/object-1000')).toBeUndefined();
  });

  test('is left without parts of an upload whose content failed', async () => {
    await using store = await openS3(newPlace());
    const failing = async function* (): AsyncGenerator<Buffer> {
      for (let at = 0; at < 5; at += 1) yield randomBytes(10_000_000);
      throw new Error('cut');
    };
    await expect(store.put('site/one/object', Readable.from(failing()))).rejects.toThrow('cut');
    const { bucket, endpoint } = server;
    const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true });
    const asked = new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: keyOf(store.name, 'site') });
    expect((await client.send(asked)).Uploads ?? []).toEqual([]);
    client.destroy();
  });

  test.each([
    ['a bucket that is not there', { bucket: 'elsewhere' }, 'there is no such bucket'],
    ['an endpoint that is not there', { endpoint: 'http://127.0.0.1:1' }, 'refuses connections'],
  ])('says what is wrong with %s', async (_what, change, why) => {
    await expect(openS3({ ...newPlace(), ...change })).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringContaining(why),
    });
  });

  test('says what is wrong with credentials, and shows nothing of them', async () => {
    const secret = randomUUID();
    process.env.AWS_SECRET_ACCESS_KEY = secret;
    const error = await openS3(newPlace()).catch((reason: unknown) => reason);
    Object.assign(process.env, env());
    expect(error).toMatchObject({ code: 'store-failed', message: expect.stringContaining('secret key is wrong') });
    expect(String((error as Error).message)).not.toContain(secret);
  });
});

function keyOf(name: string, path: string): string {
  return join(name.replace(/^s3:\/\/[^/]+\//, ''), path);
}
