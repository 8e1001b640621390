import type { Identity } from './identities.ts';
import { type ChunkStream } from './payload.ts';
/**
 * Opens one age file, binary or armored, that arrives in pieces. What `emit` gets was verified; the file was whole
 * only once `end` has returned. Throws `no-identity-matched`, or `seal-broken` for everything that a sealer that
 * knows the format would not have written. A thrown-at unsealer is of no further use.
 */
export declare function createUnsealer(identities: readonly Identity[]): ChunkStream;
