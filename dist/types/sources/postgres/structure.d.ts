import type { Session } from './session.ts';
/** Fingerprints of every object in the session's database, by kind and qualified name. */
export declare function readStructure(session: Session): Promise<Record<string, string>>;
