import { constants } from 'node:fs';
import { type FileHandle, open, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { isName } from '../path.ts';
import type { StoredObject } from '../store.ts';
import { entryAt } from './folders.ts';
import { systemCode } from './trouble.ts';

const chunkBytes = 256 * 1024;

/**
 * The bytes of the file `path`, already open; undefined when there is no regular file of that name. What goes wrong
 * later is an error of the stream, made by `told` from the system's own.
 */
export async function readFileAt(path: string, told: (error: unknown) => Error): Promise<Readable | undefined> {
  // Without O_NONBLOCK, a named pipe put in the place of an object would block for ever.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  if (!(await file.stat()).isFile()) {
    await file.close();
    return undefined;
  }
  return streamOf(file, told);
}

function streamOf(file: FileHandle, told: (error: unknown) => Error): Readable {
  return new Readable({
    highWaterMark: chunkBytes,
    read() {
      file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes).then(
        ({ bytesRead, buffer }) => this.push(bytesRead === 0 ? null : buffer.subarray(0, bytesRead)),
        (error: unknown) => this.destroy(told(error)),
      );
    },
    destroy(error, done) {
      file.close().then(
        () => done(error),
        () => done(error),
      );
    },
  });
}

/** The regular files with object names in the folder `names` under `base` and below; links are not followed. */
export async function* filesUnder(base: string, names: readonly string[]): AsyncGenerator<StoredObject> {
  for await (const entry of await opendir(join(base, ...names))) {
    if (!isName(entry.name)) continue;
    const inner = [...names, entry.name];
    if (entry.isDirectory()) yield* filesUnder(base, inner);
    if (!entry.isFile()) continue;
    const found = await entryAt(join(base, ...inner));
    // Gone since the folder was read: then it is not there.
    if (found?.isFile()) yield { path: inner.join('/'), sizeBytes: found.size };
  }
}
