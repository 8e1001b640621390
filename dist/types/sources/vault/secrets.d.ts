import type { Staged } from '../source.ts';
import type { VaultApi } from './api.ts';
import { type Comparison } from './compare.ts';
import { type Entries } from './entries.ts';
import type { LivingVault } from './living.ts';
import { type UndoMarker } from './undo.ts';
/** The run that puts authorization back. */
export interface SecretsRun {
    readonly runId: string;
    /** When it began, ISO 8601; what it keeps carries it. */
    readonly at: string;
    /** Ends the swap, and never what undoes it. */
    readonly signal?: AbortSignal;
}
/**
 * Authorization to be written into the living Vault, and what would change. Its `swap` may be called again, also by
 * another process, and goes on where the first one stopped. A swap that was cut off counts as not swapped; `rollBack`
 * is right after any failure, and changes nothing where nothing was done.
 */
export interface StagedSecrets extends Staged {
    readonly comparison: Comparison;
    /**
     * Says that the restore stands: what lived is kept, to be put back some day (`stageKeptSecrets`). To be called once
     * the site is well; there is no `rollBack` after it.
     */
    keep(): Promise<void>;
    /** How many entries `rollBack` found changed by others since, and left as they are. */
    leftToOthers(): number;
}
/** What was put back. */
export interface Undone {
    /** Entries that are again as they were. */
    readonly entries: number;
    /** Entries that are neither as they were nor as we wanted them: somebody wrote them since, and they were left. */
    readonly left: number;
}
/** What is needed of the site's Vault; both with the rights of its root token. */
type Living = Pick<LivingVault, 'root' | 'openWay'>;
/** Compares `wanted` with what lives, to have the difference written. */
export declare function stageSecrets(living: Living, wanted: Entries, run: SecretsRun): Promise<StagedSecrets>;
/** What an earlier run kept, to be put back in its turn; what lives now is kept instead. */
export declare function stageKeptSecrets(living: Living, keptRun: string, run: SecretsRun): Promise<StagedSecrets>;
/**
 * Ends what a dead run left in the living Vault, from what it kept there alone: undone if the restore was not
 * `committed`, else kept. Gives what was undone. Nothing there is no error where nothing was committed.
 */
export declare function recoverSecrets(api: VaultApi, run: string, committed: boolean): Promise<Undone>;
/** The runs that left something unfinished in this Vault. */
export declare function listUnfinished(api: VaultApi): Promise<string[]>;
/** What earlier runs kept, newest first. */
export declare function listKept(api: VaultApi): Promise<UndoMarker[]>;
/** Removes for good what a run kept. What is unfinished stays. */
export declare function forgetKept(api: VaultApi, run: string): Promise<void>;
export {};
