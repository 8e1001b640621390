import { type Remote } from '../../remote/remote.ts';
import type { Container } from '../../stack/container.ts';
import type { Runner } from '../../stack/lock.ts';
import { type Stack } from '../../stack/stack.ts';
import type { StagedVault, VaultToStage } from './stage.ts';
import { type VolumeMarker } from './volume-marker.ts';
/** A site whose Vault is to be replaced as a whole. */
export interface WholeSite {
    /** What only reads, and streams. */
    readonly remote: Remote;
    /** Where commands that change the host run. */
    readonly host: Runner;
    readonly stack: Stack;
    /** Vault's container, in whatever state. */
    readonly vault: Container;
}
/** Copies the staged Vault's files, which are at rest, and its keys beside what lives. Gives what was copied. */
export declare function copyBeside(site: WholeSite, run: string, staged: Pick<StagedVault, 'volume' | 'owner'>, keysText: string, signal: AbortSignal): Promise<Pick<VolumeMarker, 'files' | 'madeConfiguration'>>;
export declare function writeVolumeMarker(site: WholeSite, marker: VolumeMarker): Promise<void>;
/** The markers in Vault's volume, newest first. */
export declare function readVolumeMarkers({ remote, stack, vault }: Omit<WholeSite, 'host'>): Promise<VolumeMarker[]>;
/** The copy takes the place of what lives; Vault is stopped. */
export declare function placeCopy(site: WholeSite, run: string): Promise<void>;
/** What lived takes its place again; Vault is stopped. */
export declare function placeBack(site: WholeSite, run: string): Promise<void>;
export declare function isPlaced({ remote, stack, vault }: WholeSite, run: string): Promise<boolean>;
/** Removes a copy that is not in use; fails if it is. */
export declare function removeCopy(site: WholeSite, run: string, madeConfiguration: string | null): Promise<void>;
/** Removes for good what a run kept. */
export declare function removeKept(site: WholeSite, run: string): Promise<void>;
/** Removes copies that were never whole. For whoever holds the host's lock, with nothing staged. */
export declare function sweepVolume(site: WholeSite): Promise<void>;
/** What a run kept, as a backup to restore: its keys as they were, and its folder. */
export declare function readKept({ remote, stack, vault }: Omit<WholeSite, 'host'>, run: string): Promise<{
    readonly keysText: string;
} & Pick<VaultToStage, 'sizeBytes' | 'open'>>;
