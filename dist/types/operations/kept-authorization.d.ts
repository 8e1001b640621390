import { type AuthorizationMode, type VaultRun } from './authorization.ts';
import { type Host, type HostAccess } from './site-access.ts';
import type { AuthorizationSwap } from './swap-run.ts';
/** Authorization that a restore or a rollback put aside. */
export interface KeptAuthorization {
    readonly runId: string;
    readonly at: string;
    readonly mode: AuthorizationMode;
}
/**
 * What earlier restores and rollbacks kept of authorization, newest first; none where there is no Vault. `unseen`: why the
 * living Vault could not be asked for what is kept in it.
 */
export declare function listKeptAuthorization({ remote }: Host, { stack, signal }: Pick<HostAccess, 'stack' | 'signal'>): Promise<{
    readonly kept: KeptAuthorization[];
    readonly unseen?: unknown;
}>;
/** Kept authorization as something to swap in. What lives now is kept in its turn. */
export declare function stageKeptAuthorization(host: Host, access: HostAccess, kept: KeptAuthorization, run: VaultRun): Promise<AuthorizationSwap & AsyncDisposable>;
/** Removes all of it for good. Gives how many there were. */
export declare function forgetAuthorization(host: Host, access: HostAccess): Promise<number>;
