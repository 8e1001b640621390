import type { TarRules } from '../../tarball/rules.ts';
import type { Part } from '../source.ts';
import type { LogFolder } from './folder.ts';
import { type Helper, type LogsHost } from './helper.ts';
/** The audit log of Vault, in the volume in which its keys lie too. */
export declare const auditLog = "vault/vault-audit.log";
/** What may be in a tar of logs: regular files of the folder, and of Vault's volume that one. */
export declare const logTarRules: TarRules;
/**
 * The log folder as a part of a backup: a tar of its regular files below `logs/`, and `vault/vault-audit.log` of
 * `vaultVolume`, compressed on the host. Files that grow, shrink, vanish or cannot be read are in the evidence.
 */
export declare function logFolderPart(host: LogsHost, helper: Helper, folder: LogFolder, vaultVolume: string | undefined): Part;
