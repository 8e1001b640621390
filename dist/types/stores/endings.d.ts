import type { Readable } from 'node:stream';
import { BackupError } from '../errors.ts';
/** What a store's call that was called off rejects with, met while doing `action`. */
export declare function cancelled(action: string, cause: unknown): BackupError;
/** Ends `content` with the error `told` gives, once `signal` fires. */
export declare function endWith(signal: AbortSignal, content: Readable, told: (reason: unknown) => Error): void;
/** Content that was closed without an end, met while doing `action`, as ours; undefined if `error` is not that. */
export declare function cutOff(action: string, error: unknown): BackupError | undefined;
