import { type Session } from './session.ts';
/** One database gets another name, and the comment that goes with it there (null: none). */
export interface Rename {
    readonly from: string;
    readonly to: string;
    readonly comment: string | null;
}
/**
 * Throws if one of the databases holds a prepared transaction: it keeps a database from being renamed, whether or not
 * anybody is connected, and only its owner can say how it is to end.
 */
export declare function refusePrepared(admin: Session, databases: readonly string[], code: 'restore-refused' | 'swap-failed'): Promise<void>;
/** Accepts connections again. */
export declare function reopenDatabases(admin: Session, databases: readonly string[]): Promise<void>;
/**
 * After a swap that did not happen: opens those of `databases` that are closed, and the kept copies it had closed.
 * Gives the names of what it opened.
 */
export declare function reopenAfterSwap(admin: Session, databases: readonly string[]): Promise<string[]>;
/**
 * Closes the databases and renames them, all or none. If it fails before the commit, they are open again under their old
 * names, unless the server or the way to it is gone.
 */
export declare function changePlaces(admin: Session, renames: readonly Rename[]): Promise<void>;
