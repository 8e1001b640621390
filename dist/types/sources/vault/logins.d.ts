import { type CallOptions, type Remote } from '../../remote/remote.ts';
import type { Container } from '../../stack/container.ts';
import { type Stack } from '../../stack/stack.ts';
/** A service as Vault knows it: what its containers hold to log in with, and where they call from. */
export interface ServiceLogin {
    /** The service's name, which is its role's. */
    readonly role: string;
    readonly roleId: string;
    /** All that hold this role id; those that run have addresses. */
    readonly containers: readonly Container[];
}
/** How the running site's services log in. Kept in memory only. */
export interface SiteLogins {
    readonly services: readonly ServiceLogin[];
    /** Undefined if no container has one. */
    readonly approleToken: string | undefined;
    /** The networks of those containers: the gateway, and how many bits name the network. */
    readonly gateways: readonly {
        readonly address: string;
        readonly prefixBits: number;
    }[];
}
/** Reads what the project's containers hold, running or not, to log in to Vault with. */
export declare function readLogins(remote: Remote, stack: Stack, options?: CallOptions): Promise<SiteLogins>;
