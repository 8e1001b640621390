import { type Marker } from './marker.ts';
import type { DatabaseEntry } from './properties.ts';
import type { Session } from './session.ts';
/** Roles that load staged copies are called so, with the run's tail behind. */
export declare const stagerPrefix = "candig_backup_stager_";
/** A database of ours. */
export interface Copy extends DatabaseEntry {
    readonly marker: Marker;
}
/** The databases we made: staged copies and previous ones. */
export declare function listCopies(admin: Session): Promise<Copy[]>;
/** Drops a database whoever may be on it; one that is gone is no error. */
export declare function dropDatabase(admin: Session, name: string): Promise<void>;
/**
 * Removes every staged copy and staging role there is. To be called only by whoever holds the host's lock, when
 * nothing of its own is staged yet. Gives the names of the databases dropped.
 */
export declare function dropStaged(admin: Session): Promise<string[]>;
/** Drops the staging roles whose names start with `prefix`, and what they still own. Default: everyone's. */
export declare function dropStagers(admin: Session, prefix?: string): Promise<void>;
/** Ends what earlier runs left running in the cluster, and only that: it is known by the name it gave itself. */
export declare function endLeftoverSessions(admin: Session, applicationName: string): Promise<number>;
/** Ends every other session of this run, and waits until they are gone: what they had sent on is done then, or never will be. */
export declare function endOwnSessions(admin: Session, applicationName: string): Promise<void>;
