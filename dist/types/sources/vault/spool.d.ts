import { type CallOptions } from '../../remote/remote.ts';
import type { Container } from '../../stack/container.ts';
import { type Measured } from './measure.ts';
import type { VaultSite } from './vault-site.ts';
export interface Spooled extends Omit<Measured, 'freeBytes'> {
    /** Where the copy lies: a container of ours, which takes it along when it is removed. */
    readonly containerId: string;
    /** How long Vault was frozen; null if it was not, because it did not run. */
    readonly frozenMs: number | null;
}
/**
 * Copies Vault's storage as of one instant into a container of ours on the host. A running Vault is frozen for that, and
 * thawed again whatever happens; one that does not run is copied as it lies. The journal tells of it until `removeSpool`.
 * Nothing of a failed copy is left. `isUnsealed`: so it is to be again, should Docker itself take it down meanwhile.
 */
export declare function spoolVault(site: VaultSite, vault: Container, isUnsealed: boolean, options: CallOptions): Promise<Spooled>;
/** The copy, as a tar of `data/`. Ends only if all of it came. */
export declare function readSpool({ remote }: VaultSite, containerId: string, options: CallOptions): import("stream").Readable;
/**
 * Removes the copy from the host, and with it what the journal says of it, if Vault is as it was found. If it is not, or
 * nobody can tell, that is left to the guard on the host and to the next run; so it is once the lock is lost.
 */
export declare function removeSpool(site: VaultSite, vault: Container, containerId: string | undefined, { signal }: CallOptions): Promise<void>;
