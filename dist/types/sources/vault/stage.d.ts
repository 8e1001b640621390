import type { Readable } from 'node:stream';
import { type Remote } from '../../remote/remote.ts';
import type { Runner } from '../../stack/lock.ts';
import { type VaultApi } from './api.ts';
import { type VaultKeys } from './keys.ts';
/** A Vault out of a backup. */
export interface VaultToStage {
    readonly keys: VaultKeys;
    /** What its files take, about. */
    readonly sizeBytes: number;
    /** A tar of Vault's folder, as `data/` or what is in it, from the start, each time it is called: checked, and an error if it is not whole. */
    open(): Promise<Readable>;
}
export interface VaultStaging {
    /** Where commands that change the host run. */
    readonly host: Runner;
    readonly project: string;
    readonly runId: string;
    /** An image that is on the host, by name or id: the living Vault's own. */
    readonly image: string;
    readonly signal: AbortSignal;
}
/**
 * The backup's Vault, unsealed, in a container of its own: no network, a `/vault` of its own, which goes with it.
 * Disposing of it removes both.
 */
export interface StagedVault extends AsyncDisposable {
    readonly containerId: string;
    /** With the rights of its root token. */
    readonly api: VaultApi;
    /** How many files were left out: half-written or empty ones, as a Vault that died leaves them. */
    readonly leftOut: number;
    /** Owner of the files in the backup, `uid:gid`. */
    readonly owner: string;
    /** Docker's name of the volume that is its `/vault`. */
    readonly volume: string;
    /** Seals it and stops the container, so that its files are at rest. */
    rest(): Promise<void>;
}
/**
 * Starts the backup's Vault beside the living one, from its storage and with its keys; on failure nothing of it is left.
 * `vault-keys-wrong` if they do not open it, `stage-failed` if it does not start.
 */
export declare function stageVault(remote: Remote, { keys, sizeBytes, open }: VaultToStage, { host, project, runId, image, signal }: VaultStaging): Promise<StagedVault>;
