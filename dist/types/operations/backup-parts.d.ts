import type { PartName } from '../backups/manifest.ts';
import type { Recipient } from '../seal/recipients.ts';
import type { Part } from '../sources/source.ts';
import type { BackupRequest } from './backup.ts';
import type { Context } from './context.ts';
import type { HostAccess } from './site-access.ts';
export interface PartFor {
    readonly part: Part;
    /** Who can open its object. */
    readonly recipients: readonly Recipient[];
}
/** What is to be dumped of one source. Throws if it is not there to be dumped. */
export declare function partsOf(name: PartName, { host, databases, recipients, vaultKeysRecipients }: BackupRequest, runId: string, access: HostAccess, { signal }: Context): Promise<PartFor[]>;
