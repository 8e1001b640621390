import { tailOf } from '../run-tail.ts';
import type { Staged } from '../source.ts';
import { endOwnSessions, listCopies } from './leftovers.ts';
import { type Marker, toComment } from './marker.ts';
import { copyName } from './names.ts';
import type { Postgres } from './postgres.ts';
import { listDatabases } from './properties.ts';
import type { Session } from './session.ts';
import { changePlaces, type Rename } from './swap.ts';

/** A database that is to take a name, and what is written on it. */
export interface Candidate {
  /** What it is called until then. */
  readonly copy: string;
  /** The name it takes. */
  readonly name: string;
  /** Its comment as a living database, and the marker it has while it is a copy. */
  readonly comment: string | null;
  readonly marker: Marker;
}

/** A database by its name to be and its OID, which stays the same whatever it is called. */
export interface Becoming {
  readonly name: string;
  readonly oid: number;
}

/** The part of `Staged` that changes places. */
export interface Exchange extends Pick<Staged, 'swap' | 'isSwapped' | 'rollBack'> {
  readonly becomes: readonly Becoming[];
}

export interface ExchangeRun {
  readonly runId: string;
  readonly at: string;
  readonly together: readonly string[];
  /** Whether authorization changes places with them. */
  readonly withAuthorization: boolean;
}

/**
 * Has `candidates` change places with what lives under their names, all or none. What lived is kept under the run's tail
 * with a marker of `run`. A swap or a way back whose answer was lost is asked for again before it counts as failed.
 */
export async function exchangeOf(
  postgres: Postgres,
  candidates: readonly Candidate[],
  run: ExchangeRun,
): Promise<Exchange> {
  const before = (name: string): string => copyName(name, 'before', tailOf(run.runId));
  // Told by its OID, whatever it is called when we ask and whoever was at work meanwhile.
  const oids = new Map((await listDatabases(await postgres.admin())).map(({ name, oid }) => [name, oid]));
  const becomes = candidates.map(({ copy, name }) => ({ name, oid: oids.get(copy) ?? 0 }));

  /** What lives now decides which copies are kept. */
  const forward = async (admin: Session): Promise<Rename[]> => {
    const living = new Map((await listDatabases(admin)).map((entry) => [entry.name, entry]));
    return candidates.flatMap(({ copy, name, comment }) => {
      const lives = living.get(name);
      const marker: Marker = {
        run: run.runId,
        role: 'previous',
        of: name,
        at: run.at,
        together: [...run.together],
        comment: lives?.comment ?? null,
        ...(run.withAuthorization ? { authorization: true } : {}),
      };
      return [
        ...(lives === undefined ? [] : [{ from: name, to: before(name), comment: toComment(marker) }]),
        { from: copy, to: name, comment },
      ];
    });
  };
  const back = async (admin: Session): Promise<Rename[]> => {
    const kept = new Map((await listCopies(admin)).map((copy) => [copy.name, copy]));
    return candidates.flatMap(({ copy, name, marker }) => {
      const aside = kept.get(before(name));
      return [
        { from: name, to: copy, comment: toComment(marker) },
        ...(aside === undefined ? [] : [{ from: aside.name, to: name, comment: aside.marker.comment }]),
      ];
    });
  };
  const isSwapped = async (): Promise<boolean> => await haveBecome(await postgres.admin(), becomes);

  return {
    becomes,
    isSwapped,
    swap: async (fence) => {
      const admin = await postgres.admin();
      await fence();
      await changePlaces(admin, await forward(admin)).catch(async (error: unknown) => {
        await endOwnSessions(await postgres.admin(), postgres.server.applicationName);
        if (!(await isSwapped())) throw error;
      });
    },
    rollBack: async (fence) => {
      const admin = await postgres.admin();
      // A commit without an answer may still be on its way: it is waited for before anybody is asked.
      await endOwnSessions(admin, postgres.server.applicationName);
      if (!(await isSwapped())) return;
      await fence();
      await changePlaces(admin, await back(admin)).catch(async (error: unknown) => {
        await endOwnSessions(await postgres.admin(), postgres.server.applicationName);
        if (await isSwapped()) throw error;
      });
    },
  };
}

/** Whether each of these databases has its name by now: a swap is one transaction, so all have or none. */
export async function haveBecome(admin: Session, becomes: readonly Becoming[]): Promise<boolean> {
  const now = await listDatabases(admin);
  return becomes.every(({ oid, name }) => now.some((entry) => entry.oid === oid && entry.name === name));
}
