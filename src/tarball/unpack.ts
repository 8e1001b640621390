import { randomBytes } from 'node:crypto';
import { type FileHandle, lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BackupError } from '../errors.ts';
import { type Compression, inflateError, inflating } from './inflate.ts';
import { readTar, type TarPiece } from './reader.ts';
import { refused, type TarEntry, type TarRules } from './rules.ts';

export interface UnpackRules extends TarRules {
  /** How it was compressed; null: not at all. */
  readonly compression: Compression | null;
  /** How many times larger than what came it may get. Default 1,000. */
  readonly maxRatio?: number;
  /** What it must hold, if that is known: no more and no less. */
  readonly expected?: Unpacked;
}

export interface Unpacked {
  readonly files: number;
  readonly bytes: number;
}

/**
 * Unpacks a tar into `folder`, which must not be there yet: all of it or nothing. Files are readable by their owner
 * only, whatever the tar says; none is replaced, and none lies outside. Throws `check-failed` if the tar is not as
 * `rules` have it, `object-exists` if `folder` is there, `disk-full`, or `store-failed`.
 */
export async function unpackTar(
  content: Readable,
  folder: string,
  rules: UnpackRules,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Unpacked> {
  const temporary = `${folder}.part-${randomBytes(4).toString('hex')}`;
  try {
    await refuseExisting(folder);
    await mkdir(temporary, { mode: 0o700 });
    const unpacked = await unpackInto(temporary, content, rules, signal);
    refuseOther(unpacked, rules.expected);
    // Never replaces a folder that has something in it.
    await rename(temporary, folder);
    return unpacked;
  } catch (error) {
    content.destroy();
    throw toOurs(inflateError(error), folder);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function unpackInto(
  folder: string,
  content: Readable,
  rules: UnpackRules,
  signal: AbortSignal | undefined,
): Promise<Unpacked> {
  const { compression, maxRatio = 1_000 } = rules;
  const reader = readTar(rules);
  await using writer = openWriter(folder, rules.maxEntries);
  const write = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) for (const piece of reader.push(chunk)) await writer.take(piece);
    reader.end();
    await writer.finish();
  };
  const options = signal === undefined ? {} : { signal };
  if (compression === null) await pipeline(content, write, options);
  else await pipeline(content, ...inflating(compression, { maxRatio }), write, options);
  return writer.written();
}

function refuseOther({ files, bytes }: Unpacked, expected: Unpacked | undefined): void {
  if (expected === undefined || (files === expected.files && bytes === expected.bytes)) return;
  throw refused(`it holds ${files} files of ${bytes} bytes, not ${expected.files} of ${expected.bytes}`);
}

interface Writer extends AsyncDisposable {
  take(piece: TarPiece): Promise<void>;
  finish(): Promise<void>;
  written(): Unpacked;
}

/** Writes into a new folder of ours, in which nobody but us makes anything: so no path can lead out of it. */
function openWriter(folder: string, mostFolders: number): Writer {
  const folders = new Set(['.']);
  let current: { readonly file: FileHandle; readonly entry: TarEntry } | undefined;
  let files = 0;
  let bytes = 0;

  async function makeFolder(path: string): Promise<void> {
    if (folders.has(path)) return;
    await makeFolder(dirname(path));
    folders.add(path);
    if (folders.size > mostFolders + 1) throw refused(`it has more than ${mostFolders} folders`);
    await mkdir(join(folder, path), { mode: 0o700 });
  }

  async function finish(): Promise<void> {
    if (current === undefined) return;
    const { file, entry } = current;
    current = undefined;
    try {
      if (entry.modifiedAt !== undefined) await file.utimes(entry.modifiedAt, entry.modifiedAt);
    } finally {
      await file.close();
    }
  }

  async function begin(entry: TarEntry): Promise<void> {
    await finish();
    if (entry.kind === 'folder') return await makeFolder(entry.path);
    await makeFolder(dirname(entry.path));
    current = { file: await open(join(folder, entry.path), 'wx', 0o600), entry };
    files += 1;
  }

  return {
    finish,
    written: () => ({ files, bytes }),
    async take({ entry, data }) {
      try {
        if (entry !== undefined) await begin(entry);
        if (data !== undefined) await current?.file.writeFile(data);
      } catch (error) {
        if (isCode(error, 'EEXIST') || isCode(error, 'ENOTDIR')) throw refused('two entries have the same path', error);
        throw error;
      }
      bytes += data?.length ?? 0;
    },
    [Symbol.asyncDispose]: async () => await current?.file.close(),
  };
}

async function refuseExisting(folder: string): Promise<void> {
  const isThere = await lstat(folder).then(
    () => true,
    () => false,
  );
  if (isThere) throw alreadyThere(folder);
}

function alreadyThere(folder: string, cause?: unknown): BackupError {
  return new BackupError('object-exists', `There is a folder ${folder} already`, {
    hint: 'Nothing is replaced: choose another place',
    cause,
  });
}

function toOurs(error: unknown, folder: string): unknown {
  if (error instanceof BackupError || !(error instanceof Error) || !('code' in error)) return error;
  if (error.code === 'ENOTEMPTY' || error.code === 'EEXIST' || error.code === 'ENOTDIR') {
    return alreadyThere(folder, error);
  }
  if (error.code === 'ENOSPC') return new BackupError('disk-full', `The disk of ${folder} is full`, { cause: error });
  if (error.code === 'ABORT_ERR') return new BackupError('cancelled', 'Unpacking was cancelled', { cause: error });
  return new BackupError('store-failed', `${folder} cannot be written (${String(error.code)})`, { cause: error });
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
