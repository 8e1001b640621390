import type { Properties, Rights } from './evidence.ts';
import type { Session } from './session.ts';
/** Gives the objects of the session's database, all owned by `stager`, to those who owned what they are copies of. */
export declare function handOverObjects(session: Session, stager: string, owner: string, rights: Rights): Promise<void>;
/** Sets on `database` what pg_dump leaves out: owner, privileges, settings, connection limit. The comment comes with the swap. */
export declare function handOverDatabase(session: Session, database: string, properties: Properties): Promise<void>;
