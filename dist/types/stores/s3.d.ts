import type { Store } from './store.ts';
/** A place in object storage that speaks S3. */
export interface S3Place {
    readonly bucket: string;
    /** Names joined by `/` that all keys begin with; empty: none. */
    readonly prefix: string;
    readonly region?: string;
    /** URL of the service; left out: AWS. */
    readonly endpoint?: string;
    /** Whether the bucket stands in the path of URLs instead of the name of the host. */
    readonly isPathStyle?: boolean;
}
/** How people are told of such a store. */
export declare function s3Name({ bucket, prefix }: S3Place): string;
/**
 * A store in object storage. Needs leave to list, read and create there, nothing more; `remove` needs leave to delete.
 * Credentials come from where AWS tools look for them. Every request carries checksums that the service verifies.
 *
 * Rejects with `store-failed` if the bucket cannot be listed.
 */
export declare function openS3(place: S3Place): Promise<Store & AsyncDisposable>;
