import type { Staged } from '../source.ts';
import { type Becoming } from './exchange.ts';
import type { Postgres } from './postgres.ts';
import { type DumpToStage } from './stage.ts';
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
/** Loads all dumps, side by side, each into a database of its own beside the living one. On failure nothing is left. */
export declare function stageDatabases(postgres: Postgres, dumps: readonly DumpToStage[], run: StagingRun): Promise<StagedDatabases>;
