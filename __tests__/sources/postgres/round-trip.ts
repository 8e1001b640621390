import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { databasePart } from '../../../src/sources/postgres/dump.ts';
import { type DatabaseEvidence, databaseEvidenceSchema } from '../../../src/sources/postgres/evidence.ts';
import type { Postgres } from '../../../src/sources/postgres/postgres.ts';
import type { DumpToStage } from '../../../src/sources/postgres/stage.ts';
import { type StagingRun, stageDatabases } from '../../../src/sources/postgres/staged.ts';
import type { Staged } from '../../../src/sources/source.ts';

export interface TakenDump extends DumpToStage {
  readonly bytes: Buffer;
}

/** What a backup keeps of `database`: its dump, and the evidence as it reads after it was kept as JSON. */
export async function takeDump(postgres: Postgres, database: string): Promise<TakenDump> {
  await using dump = await databasePart(postgres.server, database).begin({ signal: new AbortController().signal });
  const bytes = await buffer(dump.content);
  const evidence = databaseEvidenceSchema.parse(JSON.parse(JSON.stringify(await dump.evidence())));
  return dumpOf(evidence, bytes);
}

export function dumpOf(evidence: DatabaseEvidence, bytes: Buffer): TakenDump {
  return { evidence, bytes, open: async () => Readable.from(chunksOf(bytes)) };
}

function* chunksOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

/** A run that stages, with an id of its own. */
export function newRun(options: Partial<StagingRun> = {}): StagingRun {
  return {
    runId: `20260101T000000Z-${randomBytes(4).toString('hex')}`,
    at: '2026-01-01T00:00:00.000Z',
    allowedExtensions: new Set(),
    signal: new AbortController().signal,
    ...options,
  };
}

/** Stages, checks and swaps: a restore of the databases alone. */
export async function restoreDumps(postgres: Postgres, dumps: readonly DumpToStage[]): Promise<Staged> {
  const staged = await stageDatabases(postgres, dumps, newRun());
  try {
    await staged.check();
    await staged.swap(async () => {});
    return staged;
  } catch (error) {
    await staged.discard();
    throw error;
  }
}
