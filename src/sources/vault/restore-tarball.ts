import type { FileHandle } from 'node:fs/promises';
import { pipeline as connect, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { type NewEntry, writeTar } from '../../tarball/write.ts';
import type { KeyFiles } from './sealed-vault.ts';

/** The name under which CanDIG's `make restore-vault` looks for it, in `lib/vault`. */
export const restoreTarballName = 'restore.tar.gz';

const pieceBytes = 256 * 1024;

/**
 * What CanDIG's `make restore-vault` takes, of the two objects of a backup: a gzipped tar of `backup/` with
 * `backup.tar.gz`, which is `storage`, and the keys beside it. A tar wants lengths beforehand, so the storage is
 * compressed into `spool` first, an empty file; once this has resolved `storage` has been read to its end.
 */
export async function restoreTarball(
  storage: Readable,
  { keys, serviceStores }: KeyFiles,
  spool: FileHandle,
  modifiedAt: Date,
  signal: AbortSignal,
): Promise<Readable> {
  const keep = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) await spool.writeFile(chunk);
  };
  await pipeline(storage, createGzip(), keep, { signal });
  const { size: sizeBytes } = await spool.stat();
  const small = (name: string, bytes: Buffer): NewEntry => ({
    path: `backup/${name}`,
    modifiedAt,
    file: { sizeBytes: bytes.length, content: [bytes] },
  });
  const tar = writeTar([
    { path: 'backup', modifiedAt },
    {
      path: 'backup/backup.tar.gz',
      modifiedAt,
      file: { sizeBytes, content: contentsOf(spool) },
    },
    small('keys.txt', keys),
    ...(serviceStores === undefined ? [] : [small('service_stores.txt', serviceStores)]),
  ]);
  // Nearly all of it is compressed already.
  const gzip = createGzip({ level: constants.Z_BEST_SPEED });
  // Its failure is the stream's own error, seen by whoever reads it.
  connect(Readable.from(tar), gzip, () => {});
  return gzip;
}

async function* contentsOf(spool: FileHandle): AsyncGenerator<Uint8Array> {
  for (let at = 0; ; ) {
    const { bytesRead, buffer } = await spool.read(Buffer.allocUnsafe(pieceBytes), 0, pieceBytes, at);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}
