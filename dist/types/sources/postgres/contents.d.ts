import type { Contents } from './evidence.ts';
import type { Session } from './session.ts';
export interface SequenceValue {
    readonly schema: string;
    readonly name: string;
    readonly value: string;
}
/** The value each sequence stands at. Not bound to any snapshot. */
export declare function readSequences(session: Session): Promise<SequenceValue[]>;
/** Everything in the session's database, as of its snapshot (sequences as of now). Reads every row. */
export declare function readContents(session: Session): Promise<Contents>;
