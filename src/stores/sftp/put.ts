import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BackupError } from '../../errors.ts';
import { type Sftp, SftpError, type SftpHandle, sftpStatus } from '../../ssh/sftp.ts';

/** How many writes are under way at a time: enough to fill a link of 100 ms and 160 Mbit/s. */
const writesAtOnce = 32;

/** How a server lets a finished file be given its name without replacing another. */
export type Naming = 'link-or-rename' | 'from-the-start';

/**
 * Finds out how the server lets files be named. An account that may only ever write (no rename, no removal) refuses
 * even to rename what is not there; where the answer says nothing, it is tried with an empty file.
 */
export async function findNaming(sftp: Sftp, root: string): Promise<Naming> {
  const [nothing, other] = [newPart(root), newPart(root)];
  const refusals = [() => sftp.link(nothing, other), () => sftp.rename(nothing, other)];
  for (const ask of refusals) {
    const answer = await ask().catch((error: unknown) => error);
    if (answer instanceof BackupError) throw answer;
    if (!(answer instanceof SftpError)) continue;
    if (answer.status === sftpStatus.noSuchFile) return 'link-or-rename';
    if (answer.status === sftpStatus.failure && (await canRename(sftp, root))) return 'link-or-rename';
  }
  return 'from-the-start';
}

async function canRename(sftp: Sftp, root: string): Promise<boolean> {
  const [from, to] = [newPart(root), newPart(root)];
  await sftp.close(await sftp.open(from, 'create'));
  const isRenamed = await sftp.rename(from, to).then(
    () => true,
    (error: unknown) => {
      if (error instanceof SftpError) return false;
      throw error;
    },
  );
  await sftp.remove(isRenamed ? to : from).catch(() => {});
  return isRenamed;
}

/** A name that is none of an object's. */
function newPart(folder: string): string {
  return `${folder}/.part-${randomBytes(8).toString('hex')}`;
}

export interface PutOptions {
  readonly naming: Naming;
  readonly signal: AbortSignal | undefined;
  /** What went wrong, in our words. Called while what was written is still there. */
  told(error: unknown): Promise<Error>;
  /** Called with what could not be removed, to be tried again. */
  onLeft(path: string): void;
  /** Called if the server cannot be made to put the file on its disk. */
  onUnsynced(): void;
}

/**
 * Writes `content` into a new file `name` in `folder`, whole or not at all; false when something has the name already.
 * Until it is whole, the bytes lie beside it in a file whose name starts with a dot, which is no name of an object; only
 * where the server lets nothing be named later they have it from the start, and then what was cut off stays there.
 */
export async function putFile(
  sftp: Sftp,
  folder: string,
  name: string,
  content: Readable,
  { naming, signal, told, onLeft, onUnsynced }: PutOptions,
): Promise<boolean> {
  const target = `${folder}/${name}`;
  if ((await sftp.lstat(target)) !== undefined) return false;
  const part = naming === 'from-the-start' ? target : newPart(folder);
  const handle = await create(sftp, part);
  if (handle === undefined) return false;
  let isNamed = false;
  try {
    let sizeBytes = 0;
    try {
      sizeBytes = await fill(sftp, handle, content, signal);
      if (!(await sftp.sync(handle))) onUnsynced();
    } finally {
      await sftp.close(handle);
    }
    const kept = (await sftp.lstat(part))?.sizeBytes;
    if (kept !== sizeBytes) {
      throw new BackupError('store-failed', `${name} has ${kept ?? 'no'} bytes after ${sizeBytes} were written`);
    }
    signal?.throwIfAborted();
    isNamed = part === target || (await giveName(sftp, part, target));
    return isNamed;
  } catch (error) {
    // A disk that is full is so only until the rest of this is gone.
    throw await told(error);
  } finally {
    // Also after success: the object has its own name by now. An account that may not remove leaves it there.
    if (part !== target || !isNamed) {
      await sftp.remove(part).catch((error: unknown) => {
        if (!(error instanceof SftpError)) onLeft(part);
      });
    }
  }
}

/** Undefined if there is something of that name. */
async function create(sftp: Sftp, path: string): Promise<SftpHandle | undefined> {
  try {
    return await sftp.open(path, 'create');
  } catch (error) {
    if (error instanceof SftpError && (await sftp.lstat(path)) !== undefined) return undefined;
    throw error;
  }
}

/** Writes all of `content`; gives how much that was. */
async function fill(
  sftp: Sftp,
  handle: SftpHandle,
  content: Readable,
  signal: AbortSignal | undefined,
): Promise<number> {
  let sizeBytes = 0;
  const underWay: Promise<void>[] = [];
  const write = async (chunks: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of chunks) {
      if (underWay.length >= writesAtOnce) await underWay.shift();
      const written = sftp.write(handle, sizeBytes, chunk);
      // Its failure is met in its turn.
      written.catch(() => {});
      underWay.push(written);
      sizeBytes += chunk.length;
    }
    await Promise.all(underWay);
  };
  await pipeline(content, write, signal ? { signal } : {});
  return sizeBytes;
}

/** False if another has the name. Neither a link nor a rename of the protocol replaces a file. */
async function giveName(sftp: Sftp, part: string, target: string): Promise<boolean> {
  let refusal = new SftpError(sftpStatus.unsupported);
  for (const name of [() => sftp.link(part, target), () => sftp.rename(part, target).then(() => true)]) {
    try {
      if (await name()) return true;
    } catch (error) {
      if (!(error instanceof SftpError)) throw error;
      if ((await sftp.lstat(target)) !== undefined) return false;
      refusal = error;
    }
  }
  throw refusal;
}
