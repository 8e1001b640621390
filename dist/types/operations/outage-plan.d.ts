import type { Container } from '../stack/container.ts';
import type { SiteAccess } from './site-access.ts';
/** What a swap of `databases` takes off the site for its duration. */
export interface OutagePlan {
    /** To be stopped, in the order in which they are started again. */
    readonly stop: readonly Container[];
    /** The living databases that are closed meanwhile. */
    readonly databases: readonly string[];
    /** Sessions from outside any container, which are ended. */
    readonly outsideSessions: number;
}
/** What is to be swapped. */
export interface Swapping {
    /** Names of databases; undefined: none of them changes. */
    readonly databases: readonly string[] | undefined;
    /** Services to stop besides those that are found. */
    readonly services: readonly string[];
    readonly authorization?: 'secrets' | 'whole' | undefined;
}
/** Looks at who uses the databases now. Throws if something to be stopped could not be started again. */
export declare function planOutage({ stack, database, postgres }: Pick<SiteAccess, 'stack' | 'database' | 'postgres'>, { databases, services, authorization }: Swapping): Promise<OutagePlan>;
