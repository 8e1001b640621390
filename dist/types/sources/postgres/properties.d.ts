import type { Properties, Requirements } from './evidence.ts';
import type { Session } from './session.ts';
/** A database as the cluster lists it. */
export interface DatabaseEntry {
    /** Stays with a database when its name changes. */
    readonly oid: number;
    readonly name: string;
    readonly comment: string | null;
    readonly acceptsConnections: boolean;
    readonly sizeBytes: number;
}
/** Every database but the templates, with its size. The session may be on any database. */
export declare function listDatabases(session: Session): Promise<DatabaseEntry[]>;
/** What belongs to `database` but is in no dump of it. Any session of the cluster will do. */
export declare function readProperties(session: Session, database: string): Promise<Properties>;
/** What a restore of the session's own database will need beside its dump. */
export declare function readRequirements(session: Session): Promise<Requirements>;
