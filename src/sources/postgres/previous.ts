import { BackupError } from '../../errors.ts';
import { exchangeOf } from './exchange.ts';
import { type Copy, dropDatabase, listCopies } from './leftovers.ts';
import type { Postgres } from './postgres.ts';
import type { StagedDatabases } from './staged.ts';

/** The copies one restore (or rollback) put aside. */
export interface PreviousSet {
  readonly runId: string;
  readonly at: string;
  readonly copies: readonly Copy[];
  readonly sizeBytes: number;
}

/** What earlier restores and rollbacks kept, newest first. */
export async function listPrevious(postgres: Postgres): Promise<PreviousSet[]> {
  const previous = (await listCopies(await postgres.admin())).filter(({ marker }) => marker.role === 'previous');
  const runs = [...new Set(previous.map(({ marker }) => marker.run))];
  return runs
    .map((runId) => {
      const copies = previous.filter(({ marker }) => marker.run === runId);
      const sizeBytes = copies.reduce((sum, copy) => sum + copy.sizeBytes, 0);
      return { runId, at: copies[0]?.marker.at ?? '', copies, sizeBytes };
    })
    .sort((a, b) => (a.at < b.at ? 1 : -1));
}

function isKept(set: PreviousSet, database: string): boolean {
  return set.copies.some(({ marker }) => marker.of === database);
}

/** When a set made now is said to have been made: `now`, or just after the newest there is, whatever clock that had. */
export async function stampAfter(postgres: Postgres, now: Date): Promise<string> {
  const [newest] = await listPrevious(postgres);
  const newestMs = newest === undefined ? 0 : Date.parse(newest.at);
  return new Date(Math.max(now.getTime(), newestMs + 1)).toISOString();
}

/** Drops the copies of one set for good. */
export async function forgetPrevious(postgres: Postgres, set: PreviousSet): Promise<void> {
  const admin = await postgres.admin();
  for (const { name } of set.copies) await dropDatabase(admin, name);
}

/** The newest set of previous copies as something to swap in. What lives now is kept in its turn, under `runId`. */
export async function stagePrevious(
  postgres: Postgres,
  runId: string,
  at: string,
  withAuthorization = false,
): Promise<StagedDatabases & { readonly set: PreviousSet }> {
  const [set] = await listPrevious(postgres);
  if (set === undefined) {
    throw new BackupError('nothing-to-roll-back', 'There are no previous copies of databases on the host', {
      hint: 'They were forgotten, or nothing has been restored; restore an older backup instead',
    });
  }
  const gone = set.copies.flatMap(({ marker }) => marker.together).filter((name) => !isKept(set, name));
  if (gone.length > 0) {
    throw new BackupError('nothing-to-roll-back', `Of the previous copies kept together, ${gone[0]} is gone`, {
      hint: 'One alone would not fit the other databases; forget what is left, or restore a backup',
    });
  }
  const candidates = set.copies.map(({ name, marker }) => ({
    copy: name,
    name: marker.of,
    comment: marker.comment,
    marker,
  }));
  const together = set.copies[0]?.marker.together ?? [];
  return {
    set,
    check: async () => {},
    ...(await exchangeOf(postgres, candidates, { runId, at, together, withAuthorization })),
    keep: async () => {},
    discard: async () => {},
  };
}
