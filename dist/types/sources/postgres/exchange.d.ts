import type { Staged } from '../source.ts';
import { type Marker } from './marker.ts';
import type { Postgres } from './postgres.ts';
import type { Session } from './session.ts';
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
export declare function exchangeOf(postgres: Postgres, candidates: readonly Candidate[], run: ExchangeRun): Promise<Exchange>;
/** Whether each of these databases has its name by now: a swap is one transaction, so all have or none. */
export declare function haveBecome(admin: Session, becomes: readonly Becoming[]): Promise<boolean>;
