import type { VaultApi } from './api.ts';
/** What `keys.txt` holds: all that is needed to open a Vault and to do anything in it. Kept in memory only. */
export interface VaultKeys {
    /** Shares of the unseal key, in the file's order. */
    readonly shares: readonly string[];
    readonly rootToken: string;
}
/** Reads CanDIG's `keys.txt`: `keys:`, a share on each line, `root:`, the root token. `vault-keys-wrong` if it is not one. */
export declare function parseVaultKeys(text: string): VaultKeys;
export interface SealStatus {
    readonly isInitialized: boolean;
    readonly isSealed: boolean;
    /** How many shares open it. */
    readonly threshold: number;
}
export declare function readSealStatus(api: VaultApi): Promise<SealStatus>;
/** Unseals a Vault; one that is unsealed is no error. `vault-keys-wrong` if these keys are another Vault's. */
export declare function unseal(api: VaultApi, keys: VaultKeys): Promise<void>;
/** Whether the root token is one of this Vault, and still has every right there. */
export declare function isRootOf(api: VaultApi, rootToken: string): Promise<boolean>;
