import { type StoreCounts } from '../sources/vault/compare.ts';
import { type Entries } from '../sources/vault/entries.ts';
import { type LivingVault } from '../sources/vault/living.ts';
import type { Container } from '../stack/container.ts';
import type { Host, HostAccess } from './site-access.ts';
import type { AuthorizationSwap } from './swap-run.ts';
import type { KeptVault } from './vault-objects.ts';
/** How authorization comes back: entry by entry into the living Vault, or the backup's Vault in its place. */
export type AuthorizationMode = 'secrets' | 'whole';
export interface AuthorizationRequest {
    /** Undefined: as fits the site, if the backup holds authorization. */
    readonly authorization: AuthorizationMode | 'none' | undefined;
    /** Paths in Vault to restore besides those that are authorization in every CanDIG. */
    readonly authorizationStores: readonly string[];
    /** How many grants that were taken away since may come back. */
    readonly acceptReturned: number;
}
/** Counts only, by store: names and values stay in Vault. */
export interface AuthorizationReport {
    readonly mode: AuthorizationMode;
    /** Null if there is no living Vault to compare with. */
    readonly stores: readonly StoreCounts[] | null;
    /** Grants that come back although they were taken away since. */
    readonly returned: number | null;
}
/** The living Vault, or why it cannot be worked with. */
export declare function openIfUsable(opening: Promise<LivingVault>): Promise<{
    readonly living: LivingVault | undefined;
    readonly why?: unknown;
}>;
export interface VaultRun {
    readonly runId: string;
    readonly at: string;
    readonly signal: AbortSignal;
}
export interface StagedAuthorization extends AuthorizationSwap, AsyncDisposable {
    readonly report: AuthorizationReport;
}
/** What would change of authorization, without any of it being changed. */
export declare function compareWithLiving(host: Host, access: Pick<HostAccess, 'stack' | 'fenced'>, kept: KeptVault, request: AuthorizationRequest, run: VaultRun): Promise<{
    readonly report: AuthorizationReport;
    readonly wanted: Entries;
    readonly vault: Container;
    readonly living: LivingVault | undefined;
}>;
/**
 * Makes the authorization of a backup ready beside the living Vault. Refuses what would give access back that was taken
 * away since, unless just that many grants are accepted. Nothing that lives is changed.
 */
export declare function stageAuthorization(host: Host, access: HostAccess, kept: KeptVault, request: AuthorizationRequest, run: VaultRun): Promise<StagedAuthorization>;
/** The services that cannot log in to Vault, of those that run. */
export declare function loggedOut({ remote, project }: Host, vault: Container, signal: AbortSignal): Promise<readonly string[]>;
