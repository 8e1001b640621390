import { type Readable } from 'node:stream';
import type { Store } from './store.ts';
/**
 * Keeps `content` under `path` in every one of `stores`, read once and at the pace of the slowest. One that fails is let
 * go of, and the others go on. Gives each store's outcome, in their order; if the content fails, all of them fail.
 */
export declare function putIntoAll(stores: readonly Store[], path: string, content: Readable, options?: {
    readonly signal?: AbortSignal;
}): Promise<PromiseSettledResult<void>[]>;
