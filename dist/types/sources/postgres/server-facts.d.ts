import type { Postgres } from './postgres.ts';
export interface ServerFacts {
    readonly version: string;
    /** E.g. 170011. */
    readonly versionNumber: number;
    /** How much the write-ahead log may take for a while. */
    readonly maxWalBytes: number;
    /** Free space where the databases lie; undefined if the container cannot tell. */
    readonly freeBytes: number | undefined;
}
export declare function readServerFacts({ server, admin }: Postgres): Promise<ServerFacts>;
