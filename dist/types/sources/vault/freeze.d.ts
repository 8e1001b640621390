import { type CallOptions, type Command } from '../../remote/remote.ts';
import type { Container } from '../../stack/container.ts';
import type { VaultSite } from './vault-site.ts';
/** Longer than this nobody's request may wait; also the longest a copy may take before it is broken off. */
export declare const longestFreezeMs = 5000;
/** How long a run that is to stop waits for the host, each time. The guard there does what it then leaves. */
export declare const givenUpMs = 1500;
/** Milliseconds since the machine started. Not every `date` has parts of a second, and a clock may be put right meanwhile. */
export declare const uptimeMs = "now() { echo \"$(cut -d ' ' -f 1 /proc/uptime | tr -d .)0\"; }";
/**
 * Runs `copy` on the host while Vault is frozen, and gives how long that was, in milliseconds. Whatever is thrown, Vault
 * runs again, but for `needs-person` and what is about the way to the host. The journal must tell of it before.
 */
export declare function copyFrozen(site: VaultSite, vault: Container, copy: Command, options: CallOptions): Promise<number>;
/** Thaws Vault if it is frozen, and gives the state it is in then, as Docker calls it. */
export declare function thaw({ fenced }: VaultSite, vault: Container, options?: CallOptions): Promise<string>;
