import type { VaultApi } from './api.ts';
import type { SiteLogins } from './logins.ts';
/** What was done so that the running services can log in. Services' names are no secret. */
export interface Fitted {
    /** Services whose role id was set to what their containers hold. */
    readonly roleIds: readonly string[];
    /** Services whose role was bound to other addresses than their containers have. */
    readonly bounds: readonly string[];
    /** Services that run and have no role in this Vault: they cannot log in until one is made. */
    readonly withoutRole: readonly string[];
    /** Entries taken over from the running site. */
    readonly kept: number;
}
/**
 * Makes a Vault, that of a backup, fit the running site: role ids and address bounds as its containers are, the approle
 * token made anew under the id they hold, and what `living` has of Keycloak and OPA, where there is a living Vault. Can
 * be done again. `api` has the rights of the root token.
 */
export declare function fitToSite(api: VaultApi, logins: SiteLogins, living: VaultApi | undefined): Promise<Fitted>;
/**
 * Brings bounds in line with the containers' addresses, which a start can change. The approle token, which has bounds of
 * its own, is made anew if it cannot be used as it is.
 */
export declare function fitAddresses(api: VaultApi, logins: SiteLogins): Promise<Pick<Fitted, 'bounds' | 'withoutRole'>>;
/** Whether any login depends on the address it comes from. */
export declare function hasBounds(api: VaultApi): Promise<boolean>;
