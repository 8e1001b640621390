import type { Readable } from 'node:stream';
/** Signs of life missed before a connection counts as lost; every byte from the other side is one. */
export declare const silentTurns = 7;
/** Calls `onSilent` once nothing came from `socket` for seven turns of `turnMs`. The result stops the watch. */
export declare function watchSilence(socket: Readable, turnMs: number, onSilent: () => void): () => void;
