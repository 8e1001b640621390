import { type CallOptions, type Remote } from '../../remote/remote.ts';
import type { Container } from '../../stack/container.ts';
import type { Stack } from '../../stack/stack.ts';
import { type VaultApi, type VaultApiOptions, type VaultConnection } from './api.ts';
import { type VaultKeys } from './keys.ts';
/** The site's running Vault, with the rights that its own keys on the host give. */
export interface LivingVault extends AsyncDisposable {
    readonly keys: VaultKeys;
    readonly connection: VaultConnection;
    /** With the root token. */
    readonly root: VaultApi;
    /**
     * The same by a way of its own that is never opened anew (`openVaultWay`), with `run` on it. Of the signals only
     * `signal` ends it: what puts a site back goes on when everything else was cancelled.
     */
    openWay(run: string, signal?: AbortSignal): Promise<VaultApi & AsyncDisposable>;
}
/** Where Vault's own container keeps its keys. */
export declare const keysFile = "/vault/config/keys.txt";
/** The folder of the site's checkout that has Vault's files (`tmp/vault`), by what the services mount; undefined if none does. */
export declare function checkoutFolderOf(stack: Stack): string | undefined;
/** Where services find the approle token. */
export declare const approleTokenFile = "/run/secrets/vault-approle-token";
/**
 * Opens the site's Vault with the keys in its volume, or else with those in the checkout. `vault-sealed` if it is sealed,
 * `vault-keys-wrong` if neither are its own.
 */
export declare function openLivingVault(remote: Remote, stack: Stack, vault: Container, { run, ...options }?: VaultApiOptions): Promise<LivingVault>;
/** The keys in the volume of a running Vault; undefined if there are none that are whole. */
export declare function readVolumeKeys(remote: Remote, vault: Container, options?: CallOptions): Promise<VaultKeys | undefined>;
