import type { Readable } from 'node:stream';

/** Signs of life missed before a connection counts as lost; every byte from the other side is one. */
export const silentTurns = 7;

/** Calls `onSilent` once nothing came from `socket` for seven turns of `turnMs`. The result stops the watch. */
export function watchSilence(socket: Readable, turnMs: number, onSilent: () => void): () => void {
  let silent = 0;
  socket.on('data', () => {
    silent = 0;
  });
  // Turns, not clock time: a busy process that did not get to read is no silence of the other side.
  const timer = setInterval(() => {
    silent += 1;
    if (silent > silentTurns) onSilent();
  }, turnMs);
  return () => clearInterval(timer);
}
