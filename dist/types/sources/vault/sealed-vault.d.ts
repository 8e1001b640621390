import { type Readable } from 'node:stream';
import type { TarRules } from '../../tarball/rules.ts';
/** What may be in the tar of Vault's storage: files and folders below `data/`. */
export declare const storageRules: TarRules;
/** What may be in the tar of its keys. */
export declare const keysRules: TarRules;
/** Lets a tar of Vault's storage through as long as it is one: checked before anybody unpacks it. */
export declare function checkedStorage(plain: Readable): Readable;
/** What is in the tar of Vault's keys. In memory only. */
export interface KeyFiles {
    readonly keys: Buffer;
    /** Which services log in; undefined: it was not there. */
    readonly serviceStores: Buffer | undefined;
}
/** Reads the tar of Vault's keys. `vault-keys-wrong` if there is no `keys.txt` in it. */
export declare function readKeyFiles(plain: Readable): Promise<KeyFiles>;
