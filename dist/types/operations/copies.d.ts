import type { Readable } from 'node:stream';
import type { BackupRef } from '../backups/layout.ts';
import type { Manifest, ManifestObject } from '../backups/manifest.ts';
import { type ManifestLink } from '../backups/previous.ts';
import { type BackupError, type ErrorCode } from '../errors.ts';
import type { PublicKey, SigningKey } from '../seal/minisign.ts';
import type { Measure, Store } from '../stores/store.ts';
import type { Context } from './context.ts';
export interface StoredCopy {
    readonly store: string;
    /** `failed`: it has no whole copy. */
    readonly status: 'complete' | 'failed';
    readonly code: ErrorCode | null;
    /** Why it failed. */
    readonly message: string | null;
}
/** A copy that is complete, or failed for a reason. */
export declare function storedCopy(store: string, failure?: BackupError): StoredCopy;
/**
 * The copies of a backup in the making, one in each store. A store that fails is let go of for the rest of the run, which
 * goes on as long as one is left; when none is, calls reject with the trouble of the last.
 */
export interface Copies {
    readonly reports: readonly StoredCopy[];
    /** The newest backup there is in any of them. */
    newest(publicKey: PublicKey, now: Date): Promise<ManifestLink | null>;
    /** Keeps an object everywhere, all or nothing. If the content fails, nobody has it, and nobody is let go of. */
    put(name: string, content: Readable, signal: AbortSignal): Promise<Measure>;
    /** Has every store's objects read back, by the store itself or by us. */
    check(objects: readonly ManifestObject[], signal: AbortSignal): Promise<void>;
    /** Makes every copy whole. Gives the digest of the manifest. */
    finish(manifest: Manifest, key: SigningKey): Promise<string>;
}
export declare function beginCopies(stores: readonly Store[], ref: BackupRef, { log }: Context): Copies;
