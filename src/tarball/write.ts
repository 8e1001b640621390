import { Header } from 'tar';
import { BackupError } from '../errors.ts';

const blockBytes = 512;

/** What goes into a tar: a folder, or a file whose length is known before its contents are. */
export interface NewEntry {
  /** Relative, of plain segments, at most 100 bytes; a folder's without a `/` at its end. */
  readonly path: string;
  readonly modifiedAt: Date;
  /** Undefined: a folder. */
  readonly file?: { readonly sizeBytes: number; readonly content: AsyncIterable<Uint8Array> | Iterable<Uint8Array> };
}

/**
 * The bytes of a tar that every program reads the same: no attributes, owned by root, readable by the owner only.
 * Errors with `store-failed` if a file turns out to be longer or shorter than was said.
 */
export async function* writeTar(entries: Iterable<NewEntry>): AsyncGenerator<Uint8Array> {
  for (const entry of entries) {
    yield headerOf(entry);
    const { path, file } = entry;
    if (file === undefined) continue;
    let written = 0;
    for await (const chunk of file.content) {
      written += chunk.length;
      yield chunk;
    }
    if (written !== file.sizeBytes) {
      throw new BackupError('store-failed', `${path} has ${written} bytes, not ${file.sizeBytes}`);
    }
    yield Buffer.alloc(-written & (blockBytes - 1));
  }
  yield Buffer.alloc(2 * blockBytes);
}

function headerOf({ path, modifiedAt, file }: NewEntry): Buffer {
  const bytes = Buffer.alloc(blockBytes);
  const about = file
    ? ({ type: 'File', path, mode: 0o600, size: file.sizeBytes } as const)
    : ({ type: 'Directory', path: `${path}/`, mode: 0o700, size: 0 } as const);
  new Header({ ...about, uid: 0, gid: 0, mtime: modifiedAt }).encode(bytes, 0);
  return bytes;
}
