import type { Rights } from './evidence.ts';
import type { Session } from './session.ts';
/** One object of the session's database as GRANT and ALTER … OWNER know it. All SQL in it was quoted by PostgreSQL. */
export interface OwnedObject {
    /** As `pg_identify_object` names it, and so the evidence. */
    readonly type: string;
    readonly identity: string;
    /** Null for a column, which has none of its own. */
    readonly owner: string | null;
    /** What follows ON in a GRANT, e.g. `TABLE public.donor`; null if nothing can be granted on it. */
    readonly grantOn: string | null;
    /** The column, quoted, if it is one. */
    readonly column: string | null;
    /** False for the sequence of a column, which goes with its table and cannot go alone. */
    readonly ownsItself: boolean;
}
/**
 * Who owns what does not belong to the database's owner, and what was granted and revoked beyond the defaults. As the
 * difference, because defaults grow: PostgreSQL 17 has a privilege that owners have and older versions do not know.
 */
export declare function readRights(session: Session): Promise<Rights>;
/** The objects of the session's database that belong to `stager`, or are among `named`. */
export declare function findObjects(session: Session, stager: string, named: readonly {
    readonly type: string;
    readonly identity: string;
}[]): Promise<OwnedObject[]>;
/** In which ways `copy` has other owners or privileges than `wanted`; empty if it has the same. */
export declare function rightsDifferences(wanted: Rights, copy: Rights): string[];
