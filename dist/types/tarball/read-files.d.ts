import type { Readable } from 'node:stream';
import type { TarRules } from './rules.ts';
/** The files of a small tar, by their paths, in memory only. Throws `check-failed` if it is not as `rules` have it. */
export declare function readFiles(content: Readable, rules: TarRules): Promise<Map<string, Buffer>>;
