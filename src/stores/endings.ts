import { addAbortListener } from 'node:events';
import type { Readable } from 'node:stream';
import { BackupError } from '../errors.ts';

/** What a store's call that was called off rejects with, met while doing `action`. */
export function cancelled(action: string, cause: unknown): BackupError {
  return new BackupError('cancelled', `stopped before it was done: ${action}`, { cause });
}

/** Ends `content` with the error `told` gives, once `signal` fires. */
export function endWith(signal: AbortSignal, content: Readable, told: (reason: unknown) => Error): void {
  const listening = addAbortListener(signal, () => content.destroy(told(signal.reason)));
  content.once('close', () => listening[Symbol.dispose]());
}

/** Content that was closed without an end, met while doing `action`, as ours; undefined if `error` is not that. */
export function cutOff(action: string, error: unknown): BackupError | undefined {
  const isCut = error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
  if (!isCut) return undefined;
  return new BackupError('store-failed', `cannot ${action}: its content was cut off before the end`, { cause: error });
}
