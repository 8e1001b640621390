import { BackupError } from '../../errors.ts';
import type { CallOptions, Remote } from '../../remote/remote.ts';
/** Where a PostgreSQL is and as whom we speak to it: through its own container, over its unix socket, without a password. */
export interface Server {
    readonly remote: Remote;
    readonly containerId: string;
    /** A superuser of the cluster. */
    readonly user: string;
    /** `application_name` of everything we start there, so that leftovers are known by it: `candig-backup/<run id>`. */
    readonly applicationName: string;
}
/** A failed statement. `sqlState` is all that is told: messages of the server can hold patient rows. */
export declare class SqlError extends BackupError {
    readonly sqlState: string;
    constructor(what: string, sqlState: string);
}
/** A psql in the database's container that stays open: a transaction, and the snapshot it exported, live as long as it does. */
export interface Session extends AsyncDisposable {
    /** False once it has ended, for whatever reason. */
    readonly isOpen: boolean;
    /** Runs statements that give no rows. `what` names them in an error. */
    execute(what: string, sql: string): Promise<void>;
    /** Runs one query and gives its rows as objects. Large integers and numerics must be cast to text by the query. */
    query<Row>(what: string, sql: string): Promise<Row[]>;
}
export interface SessionOptions extends CallOptions {
    /** Default: the server's user. */
    readonly user?: string;
    /** The longest that a statement may go unanswered; then the session ends, with `timed-out`. Default: no bound. */
    readonly answerWithinMs?: number;
}
/**
 * Opens a session on `database` (a plain name, see `parseDatabaseName`) as the server's user or as `user`.
 * Statements given without waiting are sent on at once and answered in order.
 */
export declare function openSession(server: Server, database: string, options?: SessionOptions): Promise<Session>;
