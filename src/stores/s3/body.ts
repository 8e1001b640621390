import { Readable } from 'node:stream';
import { endWith } from '../endings.ts';

/** How long the service may say nothing. */
export const silentMs = 60_000;

/** The bytes of an answer. What goes wrong on the way is an error of the stream, made by `told`. */
export function streamOf(body: Readable, told: (error: unknown) => Error, signal: AbortSignal | undefined): Readable {
  async function* timed(): AsyncGenerator<Uint8Array> {
    // Only what is waited for is timed: whoever reads may take as long as they like.
    let watch = watchOver(body);
    try {
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        clearTimeout(watch);
        yield chunk;
        watch = watchOver(body);
      }
    } catch (error) {
      // One that was destroyed has said why.
      if (!content.destroyed) throw told(error);
    } finally {
      clearTimeout(watch);
      body.destroy();
    }
  }
  const content: Readable = Readable.from(timed(), { objectMode: false });
  if (signal) endWith(signal, content, told);
  return content;
}

function watchOver(body: Readable): NodeJS.Timeout {
  return setTimeout(() => body.destroy(timedOut()), silentMs);
}

function timedOut(): Error {
  return Object.assign(new Error('no byte came in time'), { name: 'TimeoutError' });
}
