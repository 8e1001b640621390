import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BackupError } from '../errors.ts';
import type { Measure, Store } from '../stores/store.ts';
import { discarding } from './discard.ts';
import { type BackupRef, objectPath } from './layout.ts';
import { measuring } from './measure.ts';

interface Options {
  readonly signal?: AbortSignal;
}

/**
 * Keeps `content` as the object `name` of a backup, all or nothing, as `Store.put` does, and resolves with the
 * measure of what was handed to the store. What the store made of it is told by `checkObject`.
 */
export async function putObject(
  store: Pick<Store, 'name' | 'put'>,
  backup: BackupRef,
  name: string,
  content: Readable,
  options: Options = {},
): Promise<Measure> {
  let measure: Measure | undefined;
  const measured = measuring((it) => {
    measure = it;
  });
  const fed = pipeline(content, measured);
  const kept = store.put(objectPath(backup, name), measured, options).catch((error: unknown) => {
    measured.destroy();
    throw error;
  });
  // The store's answer first: it is the reason when both fail, also when it was the content that failed.
  const [answer, feeding] = await Promise.allSettled([kept, fed]);
  if (answer.status === 'rejected') throw answer.reason;
  if (feeding.status === 'rejected') throw feeding.reason;
  if (measure === undefined)
    throw new BackupError('store-failed', `${store.name} kept ${name} before its end had come`);
  return measure;
}

/**
 * The bytes of an object, of which `expected` is known. Rejects with `object-missing` before any byte; bytes that
 * turn out to be other ones are the error `object-damaged` in place of the stream's end.
 */
export async function readObject(
  store: Store,
  backup: BackupRef,
  name: string,
  expected: Measure,
  options: Options = {},
): Promise<Readable> {
  const path = objectPath(backup, name);
  const check = measuring((measure) => requireSame(store, path, measure, expected), expected.sizeBytes);
  const content = await store.get(path, options);
  // Its failure is the stream's own error, seen by whoever reads it.
  pipeline(content, check).catch(() => {});
  return check;
}

/**
 * `object-missing` or `object-damaged` unless the object is, byte for byte, what `expected` says: by what the store tells
 * that it read or received, else by reading it through.
 */
export async function checkObject(
  store: Store,
  backup: BackupRef,
  name: string,
  expected: Measure,
  options: Options = {},
): Promise<void> {
  const path = objectPath(backup, name);
  const told = await store.measure?.(path, options);
  if (told !== undefined) return requireSame(store, path, told, expected);
  const content = await readObject(store, backup, name, expected, options);
  await pipeline(content, discarding());
}

function requireSame(store: Store, path: string, { sizeBytes, sha256 }: Measure, expected: Measure): void {
  if (sizeBytes === expected.sizeBytes && sha256 === expected.sha256) return;
  const how = sizeBytes === expected.sizeBytes ? 'other bytes' : `${sizeBytes} bytes, not ${expected.sizeBytes},`;
  throw new BackupError('object-damaged', `${path} in ${store.name} has ${how} than were kept`);
}
