/** Keeps the last `limitBytes` of what was added; whole chunks before that are let go. */
export function keepTail(limitBytes: number): { add(chunk: Buffer): void; text(): string } {
  let kept: Buffer = Buffer.alloc(0);
  return {
    add(chunk) {
      const last = chunk.length >= limitBytes ? chunk : Buffer.concat([kept, chunk]);
      // Copied, so that a small tail does not hold a large buffer in memory.
      kept = Buffer.from(last.subarray(-limitBytes));
    },
    text: () => kept.toString('utf8'),
  };
}
