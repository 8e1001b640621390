import type { CallOptions, Remote } from '../remote/remote.ts';
import { type Stack } from './stack.ts';
/** For `sh` in the container of Redis. Without a single quote, since it stands between such on the host as well. */
export declare const emptyKatsuCache: string;
/**
 * Empties katsu's cache (Redis database 1) so that the portal does not show counts from before for a day. Other Redis
 * databases belong to others. Gives false if no Redis of the project runs. The password is read inside the container.
 */
export declare function flushKatsuCache(remote: Remote, stack: Stack, options?: CallOptions): Promise<boolean>;
