import type { Remote } from '../../remote/remote.ts';
import type { Container } from '../../stack/container.ts';
import { type DatabaseEntry } from './properties.ts';
import { type Server, type Session } from './session.ts';
/** The site's PostgreSQL, spoken to through its own container. */
export interface Postgres extends AsyncDisposable {
    readonly server: Server;
    /** A superuser session on a maintenance database; opened anew if the last one ended. */
    admin(): Promise<Session>;
}
/** Opens the PostgreSQL in a running container, as the superuser its image was set up with. */
export declare function openPostgres(remote: Remote, container: Container, runId: string): Promise<Postgres>;
/**
 * The databases to back up: the ones named, or everything but the templates, `postgres` and copies of ours. Throws if a
 * named one is missing, if one cannot be handled by its name, or does not accept connections.
 */
export declare function chooseDatabases(postgres: Postgres, wanted: readonly string[]): Promise<DatabaseEntry[]>;
