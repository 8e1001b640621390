import { BackupError } from '../../errors.ts';
import { tailOf } from '../run-tail.ts';
import type { Staged } from '../source.ts';
import { differencesOf, propertyDifferences } from './compare.ts';
import { readContents } from './contents.ts';
import type { Contents } from './evidence.ts';
import { type Becoming, exchangeOf } from './exchange.ts';
import { handOverDatabase, handOverObjects } from './hand-over.ts';
import { dropDatabase, dropStagers, listCopies, stagerPrefix } from './leftovers.ts';
import type { Marker } from './marker.ts';
import { copyName, identifier } from './names.ts';
import type { Postgres } from './postgres.ts';
import { readProperties } from './properties.ts';
import { readRights, rightsDifferences } from './rights.ts';
import { openSession, SqlError } from './session.ts';
import { type DumpToStage, stageDump } from './stage.ts';

export interface StagingRun {
  readonly runId: string;
  /** When the run began, ISO 8601; kept copies carry it. */
  readonly at: string;
  readonly allowedExtensions: ReadonlySet<string>;
  readonly signal: AbortSignal;
  /** Whether authorization changes places with them. */
  readonly withAuthorization?: boolean;
}

/** Copies of databases beside the living ones. Nothing is to be kept by hand: the swap itself keeps what lived. */
export interface StagedDatabases extends Staged {
  readonly becomes: readonly Becoming[];
}

interface Copying {
  readonly dump: DumpToStage;
  readonly copy: string;
  readonly stager: string;
}

/** Loads all dumps, side by side, each into a database of its own beside the living one. On failure nothing is left. */
export async function stageDatabases(
  postgres: Postgres,
  dumps: readonly DumpToStage[],
  run: StagingRun,
): Promise<StagedDatabases> {
  const tail = tailOf(run.runId);
  const copies: Copying[] = dumps.map((dump, at) => ({
    dump,
    copy: copyName(dump.evidence.name, 'restore', tail),
    // A role for each: REASSIGN OWNED also gives away the databases of a role, so one could not serve two.
    stager: `${stagerPrefix}${tail}_${at}`,
  }));
  const together = copies.map(({ dump }) => dump.evidence.name);
  const discard = async (): Promise<void> => {
    const admin = await postgres.admin();
    for (const { copy } of copies) {
      const marked = (await listCopies(admin)).some(({ name, marker }) => name === copy && marker.role === 'staged');
      if (marked) await dropDatabase(admin, copy);
    }
    // Ours alone: if we have lost the lock, another run may be staging.
    await dropStagers(admin, `${stagerPrefix}${tail}_`);
  };
  const staging = new AbortController();
  const signal = AbortSignal.any([run.signal, staging.signal]);
  const loads = copies.map(async ({ dump, copy, stager }) => {
    const admin = await postgres.admin();
    // Row security would hide rows from the owner of a table where it is forced.
    await admin.execute(
      'Create a staging role',
      `CREATE ROLE ${identifier(stager)} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE BYPASSRLS`,
    );
    // A row that it refuses would stand in PostgreSQL's own log, and so in the site's.
    await admin.execute('Keep rows out of the log', `ALTER ROLE ${identifier(stager)} SET log_min_messages = panic`);
    await stageDump(postgres.server, admin, dump, { ...run, copy, stager, together, signal });
  });
  try {
    await Promise.all(loads);
  } catch (error) {
    staging.abort();
    await Promise.allSettled(loads);
    await discard().catch(() => {});
    throw error;
  }

  const candidates = copies.map(({ dump, copy }) => {
    const { name, properties } = dump.evidence;
    const { comment } = properties;
    const marker: Marker = { run: run.runId, role: 'staged', of: name, at: run.at, together, comment };
    return { copy, name, comment, marker };
  });

  return {
    check: async () => {
      const checks = copies.map(
        async ({ dump, copy, stager }) => await checkCopy(postgres, dump, copy, stager, run.signal),
      );
      // All of them end before anything else is done with the copies.
      await Promise.allSettled(checks);
      await Promise.all(checks);
      await dropStagers(await postgres.admin(), `${stagerPrefix}${tail}_`);
    },
    ...(await exchangeOf(postgres, candidates, {
      ...run,
      together,
      withAuthorization: run.withAuthorization ?? false,
    })),
    keep: async () => {},
    discard,
  };
}

async function checkCopy(
  postgres: Postgres,
  { evidence }: DumpToStage,
  copy: string,
  stager: string,
  signal: AbortSignal,
): Promise<void> {
  // As the staging role still: the copy may hold functions that reading it, or analysing an index, would set off.
  const contents = await asStager(postgres, copy, stager, signal, evidence.name);
  refuse(evidence.name, differencesOf(evidence.contents, contents));
  await using session = await openSession(postgres.server, copy, { signal });
  const { properties, requirements } = evidence;
  await handOverObjects(session, stager, properties.owner, requirements.rights);
  await handOverDatabase(session, copy, properties);
  refuse(evidence.name, propertyDifferences(properties, await readProperties(session, copy)));
  refuse(evidence.name, rightsDifferences(requirements.rights, await readRights(session)));
}

/** Reads the copy, and has PostgreSQL gather its statistics meanwhile. */
async function asStager(
  { server }: Postgres,
  copy: string,
  stager: string,
  signal: AbortSignal,
  name: string,
): Promise<Contents> {
  const analyse = async (): Promise<void> => {
    await using session = await openSession(server, copy, { user: stager, signal });
    await session.execute(`Analyse ${copy}`, 'ANALYZE');
  };
  const read = async (): Promise<Contents> => {
    await using session = await openSession(server, copy, { user: stager, signal });
    return await readContents(session).catch((error: unknown) => {
      if (!(error instanceof SqlError)) throw error;
      throw new BackupError('check-failed', `The staged copy of ${name} cannot be read`, { cause: error });
    });
  };
  const [analysed, contents] = await Promise.allSettled([analyse(), read()]);
  if (contents.status === 'rejected') throw contents.reason;
  if (analysed.status === 'rejected') throw analysed.reason;
  return contents.value;
}

function refuse(database: string, differences: readonly string[]): void {
  if (differences.length === 0) return;
  const shown = differences.slice(0, 5).join('; ');
  const more = differences.length > 5 ? ` and ${differences.length - 5} more` : '';
  throw new BackupError('check-failed', `The staged copy of ${database} is not what was backed up: ${shown}${more}`);
}
