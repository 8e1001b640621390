declare const known: unique symbol;
/** The name of a backup: `20261122T031500Z-4f9a2c81d0`. As text, a later one sorts after an earlier one. */
export type BackupId = string & {
    readonly [known]: 'BackupId';
};
/** How many random bytes an id ends with: enough that two runs in one second never meet. */
export declare const idTailBytes = 5;
/** The id of a backup begun at `now`, to the second, told apart by the first `idTailBytes` bytes of `random`. */
export declare function newBackupId(now: Date, random: Uint8Array): BackupId;
/** `text` as an id. Throws `input-invalid` for anything else: part of an id, an unknown date, other characters. */
export declare function parseBackupId(text: string): BackupId;
/** Whether `text` is an id. */
export declare function isBackupId(text: string): text is BackupId;
/** When the backup was begun, to the second. */
export declare function timeOf(id: BackupId): Date;
export {};
