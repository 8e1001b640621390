import { Readable } from 'node:stream';
import { BackupError } from '../../errors.ts';
import type { Sftp, SftpHandle } from '../../ssh/sftp.ts';

const pieceBytes = 128 * 1024;
/** How many reads are under way at a time. */
const readsAtOnce = 16;

/**
 * The bytes of the file `path`; undefined when there is no regular file of that name. What goes wrong later is an error
 * of the stream, made by `told`.
 */
export async function readFile(
  sftp: Sftp,
  path: string,
  told: (error: unknown) => Promise<Error>,
): Promise<Readable | undefined> {
  const entry = await sftp.lstat(path);
  if (entry?.kind !== 'file') return undefined;
  const handle = await sftp.open(path, 'read');
  const bytes = piecesOf(sftp, handle, entry.sizeBytes, path);
  async function* translated(): AsyncGenerator<Buffer> {
    try {
      yield* bytes;
    } catch (error) {
      // One that was destroyed has said why.
      if (!content.destroyed) throw await told(error);
    }
  }
  const content: Readable = Readable.from(translated(), { objectMode: false, highWaterMark: pieceBytes });
  // Also if nobody ever reads it.
  content.once('close', () => void sftp.close(handle).catch(() => {}));
  return content;
}

async function* piecesOf(sftp: Sftp, handle: SftpHandle, sizeBytes: number, path: string): AsyncGenerator<Buffer> {
  const underWay: { readonly at: number; readonly wanted: number; readonly piece: Promise<Buffer> }[] = [];
  let asked = 0;
  for (;;) {
    while (underWay.length < readsAtOnce && asked < sizeBytes) {
      const wanted = Math.min(pieceBytes, sizeBytes - asked);
      const piece = sftp.read(handle, asked, wanted);
      // Its failure is met in its turn.
      piece.catch(() => {});
      underWay.push({ at: asked, wanted, piece });
      asked += wanted;
    }
    const next = underWay.shift();
    if (next === undefined) return;
    for (let got = 0; got < next.wanted; ) {
      // A server may give less than was asked for, and means no end by it.
      const piece = got === 0 ? await next.piece : await sftp.read(handle, next.at + got, next.wanted - got);
      if (piece.length === 0) {
        throw new BackupError('store-failed', `${path} ended after ${next.at + got} bytes of ${sizeBytes}`);
      }
      got += piece.length;
      yield piece;
    }
  }
}
