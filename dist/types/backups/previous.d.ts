import type { PublicKey } from '../seal/minisign.ts';
import type { Store } from '../stores/store.ts';
import { type BackupId } from './ids.ts';
import type { Site } from './site.ts';
/** A backup, named so that it cannot be exchanged: by its id and the SHA-256 of its manifest. */
export interface ManifestLink {
    readonly id: BackupId;
    readonly digest: string;
}
/** The backup `id`, if its manifest is there and signed by `publicKey`; null if it is not there. */
export declare function signedLink(store: Store, site: Site, publicKey: PublicKey, id: BackupId): Promise<ManifestLink | null>;
/**
 * The newest backup of `site` in `store` whose manifest is signed by `publicKey`, not counting ones dated after `now`;
 * null if there is none. Whether its objects are still there does not matter here.
 */
export declare function newestSigned(store: Store, site: Site, publicKey: PublicKey, now: Date): Promise<ManifestLink | null>;
