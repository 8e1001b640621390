import type { Launch } from './program.ts';
import { type Remote } from './remote.ts';
/** The calls of `Remote`, built on `launch`. Disposing it ends every call under way with `cancelled`, then calls `close`. */
export declare function remoteOf(name: string, launch: Launch, close: () => Promise<void>): Remote;
