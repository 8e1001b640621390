import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BackupError, isBackupError } from '../errors.ts';
import type { Recipient } from '../seal/recipients.ts';
import { sealStream } from '../seal/seal.ts';
import type { Gap, Part } from '../sources/source.ts';
import type { Context } from './context.ts';
import type { Copies } from './copies.ts';

export interface ObjectReport {
  readonly name: string;
  readonly sizeBytes: number;
  /** How much was dumped into it, before sealing. */
  readonly plainBytes: number;
  readonly durationMs: number;
}

export interface KeptObject {
  readonly object: { readonly name: string; readonly sizeBytes: number; readonly sha256: string };
  readonly report: ObjectReport;
}

export interface KeptPart extends KeptObject {
  readonly evidence: unknown;
  readonly gaps: readonly Gap[];
}

/** Where an object goes, and who can open it. */
export interface Destination {
  readonly copies: Copies;
  readonly recipients: readonly Recipient[];
}

/** Dumps a part into its object; a dump that was ended from the other side gets a second try. */
export async function keepPart(to: Destination, part: Part, context: Context): Promise<KeptPart> {
  const once = async (): Promise<KeptPart> => {
    await using dump = await part.begin({ signal: context.signal });
    let evidence: unknown;
    let gaps: readonly Gap[] = [];
    // Before the object is whole, since an object cannot be taken back: a dump without evidence leaves none.
    const atEnd = async (): Promise<void> => {
      evidence = await dump.evidence();
      gaps = (await dump.gaps?.()) ?? [];
    };
    const kept = await keepObject(to, `${part.name}.age`, dump.content, context, atEnd);
    return { ...kept, evidence, gaps };
  };
  return await once().catch(async (error: unknown) => {
    if (!isBackupError(error, 'dump-ended') || context.signal.aborted) throw error;
    context.log.warn(`${error.message}; dumping it once more`);
    return await once();
  });
}

/** Seals `content` and keeps it. `atEnd` is awaited once all of `content` has been read; if it fails, there is no object. */
export async function keepObject(
  { copies, recipients }: Destination,
  name: string,
  content: Readable,
  { log, signal }: Context,
  atEnd: () => Promise<void> = async () => {},
): Promise<KeptObject> {
  const startedMs = performance.now();
  let plainBytes = 0;
  const counting = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      plainBytes += chunk.length;
      log.progress(name, chunk.length);
      done(null, chunk);
    },
    flush(done) {
      atEnd().then(() => done(), done);
    },
  });
  const sealed = sealStream(recipients);
  const sealing = pipeline(content, counting, sealed, { signal });
  const [put, fed] = await Promise.allSettled([copies.put(name, sealed, signal), sealing]);
  // Each breaks the other's stream when it fails: the one that says why in our words is the cause.
  if (fed.status === 'rejected' && isBackupError(fed.reason)) throw reasonOf(fed.reason, signal);
  if (put.status === 'rejected') throw reasonOf(put.reason, signal);
  if (fed.status === 'rejected') throw reasonOf(fed.reason, signal);
  const durationMs = Math.round(performance.now() - startedMs);
  return { object: { name, ...put.value }, report: { name, sizeBytes: put.value.sizeBytes, plainBytes, durationMs } };
}

/** An aborted stream says only that it was; the signal says why. */
export function reasonOf(error: unknown, signal: AbortSignal): unknown {
  if (!signal.aborted) return error;
  if (signal.reason instanceof BackupError) return signal.reason;
  return new BackupError('cancelled', 'Cancelled', { cause: signal.reason });
}
