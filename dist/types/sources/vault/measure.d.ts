import type { CallOptions } from '../../remote/remote.ts';
import type { VaultSite } from './vault-site.ts';
/** What lies in the storage folder, before the copy. */
export interface Measured {
    readonly sizeBytes: number;
    readonly freeBytes: number;
    readonly files: number;
    /** Files without content, which Vault takes for absent: a crash left them. */
    readonly emptyFiles: number;
    /** Half-written files, which are left out. */
    readonly temporaryFiles: number;
}
/** Looks at the storage of Vault from within the container for its copy. */
export declare function measure({ fenced }: VaultSite, containerId: string, options: CallOptions): Promise<Measured>;
/** How long reading all of it takes with nothing frozen, in milliseconds. */
export declare function timeReading({ fenced }: VaultSite, containerId: string, options: CallOptions): Promise<number>;
