import { Readable } from 'node:stream';
import { BackupError } from '../../errors.ts';
import type { Inspector } from './inspector.ts';
import { partAt } from './marked.ts';

export interface Relay {
  /** What to call it in messages. */
  readonly what: string;
  /** Output of a script: compressed bytes, the marker, a report. Must end only if the script ended well. */
  readonly output: Readable;
  readonly marker: string;
  readonly inspector: Inspector;
  /** Called once the report is there, which is the last that the script writes. */
  readonly onReport: () => void;
  /** The error to give for one of `output`. */
  readonly translate: (error: unknown) => unknown;
}

export interface Relayed {
  /** The compressed bytes. Ends only once the script ended well, its report is there, and all was read and is whole. */
  readonly content: Readable;
  /** Settles with `content`. */
  readonly report: Promise<string>;
}

/** Lets what a script writes through, reading along. */
export function relay({ what, output, marker, inspector, onReport, translate }: Relay): Relayed {
  const marked = partAt(marker);
  const { promise: report, resolve, reject } = Promise.withResolvers<string>();
  report.catch(() => {});

  async function* content(): AsyncGenerator<Buffer> {
    let told = false;
    for await (const chunk of output) {
      const bytes = marked.push(chunk);
      if (bytes.length > 0) {
        await inspector.take(bytes);
        yield bytes;
      }
      if (!told && marked.report() !== undefined) {
        told = true;
        onReport();
      }
    }
    const said = marked.report();
    // A script that exited 0 without its report is none of ours.
    if (said === undefined) throw new BackupError('dump-failed', `${what}: its output has no end`);
    await inspector.finish();
    resolve(said);
  }

  const stream = Readable.from(translated(content(), translate), { objectMode: false });
  stream.once('error', reject);
  stream.once('close', () => {
    reject(new BackupError('cancelled', `${what} was stopped before it had ended`));
    output.destroy();
    inspector.stop();
  });
  return { content: stream, report };
}

async function* translated(source: AsyncIterable<Buffer>, translate: (error: unknown) => unknown) {
  try {
    yield* source;
  } catch (error) {
    throw translate(error);
  }
}
