import type { CallOptions, Remote } from '../../remote/remote.ts';
import type { Container } from '../../stack/container.ts';
import type { Runner } from '../../stack/lock.ts';
import { type Stack } from '../../stack/stack.ts';
/** A site whose Vault is copied, and the run that does it. */
export interface VaultSite {
    readonly remote: Remote;
    /** Where commands that change the host run: only as long as the lock is ours. */
    readonly fenced: Runner;
    readonly project: string;
    readonly runId: string;
    readonly stack: Stack;
}
/** What lies in the storage folder, before the copy. */
interface Measured {
    readonly sizeBytes: number;
    readonly freeBytes: number;
    readonly files: number;
    /** Files without content, which Vault takes for absent: a crash left them. */
    readonly emptyFiles: number;
    /** Half-written files, which are left out. */
    readonly temporaryFiles: number;
    /** How long reading all of it took just now, with nothing frozen. */
    readonly readMs: number;
}
export interface Spooled extends Omit<Measured, 'freeBytes' | 'readMs'> {
    /** Where the copy lies: a container of ours, which takes it along when it is removed. */
    readonly containerId: string;
    /** How long Vault was frozen; null if it was not, because it did not run. */
    readonly frozenMs: number | null;
}
/** Longer than this nobody's request may wait; also the longest a copy may take before it is broken off. */
export declare const longestFreezeMs = 5000;
/**
 * Copies Vault's storage as of one instant into a container of ours on the host. A running Vault is frozen for that, and
 * thawed again whatever happens; one that does not run is copied as it lies. Nothing of a failed copy is left.
 */
export declare function spoolVault(site: VaultSite, vault: Container, options: CallOptions): Promise<Spooled>;
/** The copy, as a tar of `data/`. Ends only if all of it came. */
export declare function readSpool({ remote }: VaultSite, containerId: string, options: CallOptions): import("stream").Readable;
/** Removes the copy from the host; once the lock is lost that is left to whoever has it. */
export declare function removeSpool({ fenced }: VaultSite, containerId: string): Promise<void>;
export {};
