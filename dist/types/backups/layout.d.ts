import type { BackupId } from './ids.ts';
import type { Site } from './site.ts';
/** Which backup: the folder `<site>/<id>` of a store. */
export interface BackupRef {
    readonly site: Site;
    readonly id: BackupId;
}
/** The object that makes a backup whole. It is written last. */
export declare const manifestName = "manifest.json";
/** The manifest's signature, in the minisign format. */
export declare const signatureName = "manifest.json.minisig";
/** Where an object of a backup lies in a store. */
export declare function objectPath({ site, id }: BackupRef, name: string): string;
