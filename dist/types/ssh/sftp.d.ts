import { type Connection } from './connection.ts';
/** Answers of an SFTP server that mean something, by their number (draft-ietf-secsh-filexfer-02, section 7). */
export declare const sftpStatus: {
    readonly endOfFile: 1;
    readonly noSuchFile: 2;
    readonly denied: 3;
    readonly failure: 4;
    readonly unsupported: 8;
};
/** An SFTP server's refusal, by its number. What the server wrote beside it is not kept. */
export declare class SftpError extends Error {
    readonly name = "SftpError";
    readonly status: number;
    constructor(status: number);
}
/** What stands at a path, links not followed. */
export interface SftpEntry {
    readonly name: string;
    readonly kind: 'file' | 'folder' | 'other';
    readonly sizeBytes: number;
}
/** What a file system has left, as far as the server tells. */
export interface SftpSpace {
    readonly freeBytes: number;
    readonly freeFiles: number;
    readonly isReadOnly: boolean;
}
/** An open file or folder. */
export type SftpHandle = Buffer;
/**
 * A session of SFTP. Every call rejects with `SftpError` if the server refuses, and with a `BackupError` once the
 * session is lost. Calls are sent in order without waiting for each other's answers.
 */
export interface Sftp {
    /** Fires once, with a `BackupError` as its reason, when the session is of no more use. */
    readonly lost: AbortSignal;
    /** Undefined if there is nothing. A link at the end of the path is followed. */
    stat(path: string): Promise<SftpEntry | undefined>;
    /** Undefined if there is nothing. */
    lstat(path: string): Promise<SftpEntry | undefined>;
    makeFolder(path: string): Promise<void>;
    /** `create` refuses what is there already. New files are for their owner alone. */
    open(path: string, how: 'read' | 'create'): Promise<SftpHandle>;
    openFolder(path: string): Promise<SftpHandle>;
    /** Bytes from `at` on, at most `sizeBytes` of them; none at the end of the file. */
    read(handle: SftpHandle, at: number, sizeBytes: number): Promise<Buffer>;
    /** Writes a copy of `bytes`, taken before this returns. */
    write(handle: SftpHandle, at: number, bytes: Uint8Array): Promise<void>;
    /** The next entries of a folder, in the server's order; undefined after the last. */
    readFolder(handle: SftpHandle): Promise<SftpEntry[] | undefined>;
    close(handle: SftpHandle): Promise<void>;
    /** Refuses to replace, by the protocol. */
    rename(from: string, to: string): Promise<void>;
    remove(path: string): Promise<void>;
    /** False if the server does not offer it. */
    sync(handle: SftpHandle): Promise<boolean>;
    /** A second name for a file; false if the server does not offer it. */
    link(from: string, to: string): Promise<boolean>;
    /** Undefined if the server does not tell. */
    space(path: string): Promise<SftpSpace | undefined>;
}
/** Starts SFTP on `connection`. Rejects with `store-failed` where it is not offered. */
export declare function openSftp(connection: Connection, name: string): Promise<Sftp>;
