import type { Staged } from '../source.ts';
import { type VaultApi } from './api.ts';
import { type Fitted } from './fit.ts';
import { type VaultToStage } from './stage.ts';
import { type WholeSite } from './volume.ts';
import type { VolumeMarker } from './volume-marker.ts';
/** Services that keep what they once got from Vault, in the order in which to restart them after it was replaced. */
export declare const restartAfterWhole: readonly ['query', 'opa', 'opa-runner'];
/** A whole Vault out of a backup. */
export interface VaultBackup extends Pick<VaultToStage, 'sizeBytes' | 'open'> {
    /** `keys.txt`, as it is in the backup. */
    readonly keysText: string;
}
export interface WholeRun {
    readonly runId: string;
    /** When it began, ISO 8601; what it keeps carries it. */
    readonly at: string;
    readonly signal: AbortSignal;
}
/**
 * A Vault to take the place of the site's. A swap that was cut off, or that ended with a sealed Vault, counts as not
 * swapped; `rollBack` is right after any failure, and changes nothing where nothing was done.
 */
export interface StagedWhole extends Staged {
    readonly fitted: Fitted;
    /** Files that were left out of the copy: half-written or empty ones. */
    readonly leftOut: number;
    /**
     * Says that the restore stands: what lived is kept, to be put back some day (`stageKeptWhole`). To be called once the
     * site is well; there is no `rollBack` after it.
     */
    keep(): Promise<void>;
}
/**
 * Stages the backup's Vault, makes it fit the running site (`fitToSite`; `living` is what lives, where it can be opened),
 * and puts its files, at rest, beside the living ones in Vault's volume. Nothing that lives is changed.
 */
export declare function stageWhole(site: WholeSite, backup: VaultBackup, living: VaultApi | undefined, run: WholeRun): Promise<StagedWhole>;
/** What an earlier run kept, to be put back in its turn; what lives now is kept instead. */
export declare function stageKeptWhole(site: WholeSite, keptRun: string, living: VaultApi | undefined, run: WholeRun): Promise<StagedWhole>;
/** The runs that left something unfinished in Vault's volume, and those that kept what lived before; newest first. */
export declare function listWhole(site: Omit<WholeSite, 'host'>): Promise<VolumeMarker[]>;
/**
 * Ends what a dead run left in Vault's volume, from what lies there alone: undone if the restore was not `committed`,
 * else finished and kept. Gives whether there was anything.
 */
export declare function recoverWhole(site: WholeSite, run: string, committed: boolean): Promise<boolean>;
/**
 * Removes copies of dead runs that never took the place of what lives. For whoever holds the host's lock, with nothing
 * staged and nothing unsettled. Gives the runs.
 */
export declare function discardStaged(site: WholeSite): Promise<string[]>;
/** Removes for good what a run kept. What is unfinished stays. */
export declare function forgetWhole(site: WholeSite, run: string): Promise<void>;
/**
 * Brings bounds in line with the addresses the containers have now, if there are any: after every start of services that
 * log in. Gives the services whose bounds were others.
 */
export declare function refitAddresses(site: WholeSite, root: VaultApi): Promise<readonly string[]>;
