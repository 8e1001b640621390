import { randomBytes } from 'node:crypto';
import { type FileHandle, link, mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BackupError } from '../errors.ts';

/**
 * Writes `content` as a file at `path`, all or nothing, readable by its owner only. Rejects with `object-exists` if there is one
 * already; `disk-full` or `store-failed` if it cannot be written.
 */
export async function writeWhole(path: string, content: Readable, signal: AbortSignal): Promise<string> {
  const temporary = temporaryName(path);
  try {
    await makeFolder(path);
    await using file = await open(temporary, 'wx', 0o600);
    await pipeline(content, file.createWriteStream({ flush: true }), { signal });
    // A link, since it never replaces a file that is there.
    await link(temporary, path);
  } catch (error) {
    throw toOurs(error, path);
  } finally {
    await rm(temporary, { force: true });
  }
  return path;
}

/**
 * Writes `path` as `writeWhole` does, with an empty file beside it to work in, on the same disk. That one has no name:
 * however the process ends, nothing is left of it.
 */
export async function writeWithSpool(
  path: string,
  contentOf: (spool: FileHandle) => Promise<Readable>,
  signal: AbortSignal,
): Promise<string> {
  try {
    await makeFolder(path);
    await using spool = await openNameless(path);
    return await writeWhole(path, await contentOf(spool), signal);
  } catch (error) {
    throw toOurs(error, path);
  }
}

async function openNameless(path: string): Promise<FileHandle> {
  const name = temporaryName(path);
  const file = await open(name, 'wx+', 0o600);
  await rm(name);
  return file;
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
}

function temporaryName(path: string): string {
  return `${path}.part-${randomBytes(4).toString('hex')}`;
}

function toOurs(error: unknown, path: string): unknown {
  if (error instanceof BackupError || !(error instanceof Error) || !('code' in error)) return error;
  if (error.code === 'EEXIST')
    return new BackupError('object-exists', `There is a file ${path} already`, {
      hint: 'Nothing is replaced: choose an empty folder',
    });
  if (error.code === 'ABORT_ERR') return new BackupError('cancelled', 'Writing was cancelled', { cause: error });
  if (error.code === 'ENOSPC') return new BackupError('disk-full', `The disk of ${path} is full`);
  return new BackupError('store-failed', `${path} cannot be written (${String(error.code)})`, { cause: error });
}
