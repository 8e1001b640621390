import { pipeline as connect, Readable } from 'node:stream';
import { BackupError } from '../../errors.ts';
import { inflateError, inflating } from '../../tarball/inflate.ts';
import { readTar } from '../../tarball/reader.ts';
import type { UnpackRules } from '../../tarball/unpack.ts';
import type { ContainerEvidence, FolderEvidence, LogsEvidence } from './evidence.ts';
import { logTarRules } from './folder-part.ts';

/** How the tar of a log folder is unpacked: what the evidence says is in it, and nothing else. */
export function logUnpackRules({ compression, files, plainBytes }: FolderEvidence): UnpackRules {
  return {
    ...logTarRules,
    compression,
    maxBytes: plainBytes,
    // What it may grow to is known; logs of nothing but zeros may shrink as much as they like.
    maxRatio: Number.POSITIVE_INFINITY,
    expected: { files, bytes: plainBytes },
  };
}

/**
 * The plain text of what Docker had kept of a container. Errors with `check-failed` if what was compressed is damaged,
 * as soon as there is more of it than the evidence says, and at its end if there was less.
 */
export function inflatedLog(content: Readable, { compression, plainBytes }: ContainerEvidence): Readable {
  async function* counted(): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    for await (const chunk of inflated(content, compression)) {
      bytes += chunk.length;
      if (bytes > plainBytes) break;
      yield chunk;
    }
    if (bytes !== plainBytes) throw other(`more or less than ${plainBytes} bytes`);
  }
  return Readable.from(counted());
}

/** Reads a log to its end, as whoever opens it will. `check-failed` unless it is whole, safe, and what the evidence says. */
export async function checkLog(content: Readable, evidence: LogsEvidence): Promise<void> {
  if (evidence.kind === 'container') {
    for await (const _ of inflatedLog(content, evidence));
    return;
  }
  const reader = readTar(logUnpackRules(evidence));
  let files = 0;
  let bytes = 0;
  for await (const chunk of inflated(content, evidence.compression)) {
    for (const { entry } of reader.push(chunk)) {
      if (entry?.kind !== 'file') continue;
      files += 1;
      bytes += entry.sizeBytes;
    }
  }
  reader.end();
  if (files === evidence.files && bytes === evidence.plainBytes) return;
  throw other(`${files} files of ${bytes} bytes, not ${evidence.files} of ${evidence.plainBytes}`);
}

async function* inflated(content: Readable, compression: LogsEvidence['compression']): AsyncGenerator<Buffer> {
  const steps = inflating(compression, { maxRatio: Number.POSITIVE_INFINITY });
  const [, , plain] = steps;
  // Its failure is the plain stream's own error.
  connect(content, ...steps, () => {});
  try {
    yield* plain as AsyncIterable<Buffer>;
  } catch (error) {
    throw inflateError(error);
  }
}

function other(what: string): BackupError {
  return new BackupError('check-failed', `The log is not the one that was backed up: it holds ${what}`);
}
