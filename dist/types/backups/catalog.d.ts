import { BackupError } from '../errors.ts';
import type { PublicKey } from '../seal/minisign-keys.ts';
import type { Store } from '../stores/store.ts';
import { type BackupId } from './ids.ts';
import type { Manifest } from './manifest.ts';
import type { Site } from './site.ts';
/**
 * What can be said of a backup without reading its objects through:
 * - `whole`: its signature verifies, and every object it names is there in its size.
 * - `incomplete`: it has no manifest: under way, or cut off.
 * - `damaged`: an object is missing or has another size, or the manifest cannot be read.
 * - `forged`: its manifest is not signed, or the signature does not verify.
 * - `unverified`: all is there, and no public key was given to verify it with.
 */
export type BackupState = 'whole' | 'incomplete' | 'damaged' | 'forged' | 'unverified';
export interface CatalogEntry {
    readonly id: BackupId;
    readonly state: BackupState;
    /** Why it is not whole. There unless it is. */
    readonly trouble?: BackupError;
    /** There if it could be read and is not forged. Of an unverified backup, it is what somebody wrote. */
    readonly manifest?: Manifest;
    /** The SHA-256 of the manifest, in lower-case hex. There whenever the manifest is. */
    readonly digest?: string;
    /** Of all objects in its folder. */
    readonly sizeBytes: number;
    /** How many objects lie in its folder, the manifest and its signature among them. */
    readonly objects: number;
}
/**
 * The backups of `site` in `store`, newest first. Made from what lies there each time: there is no list that could be
 * out of date. Rejects only when the store itself cannot be listed or reached; trouble with one backup is told in its
 * entry. Things that are no backups are passed over.
 */
export declare function listBackups(store: Store, site: Site, publicKey: PublicKey | undefined): Promise<CatalogEntry[]>;
