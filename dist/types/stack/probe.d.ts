import type { CallOptions, Remote } from '../remote/remote.ts';
import type { Container } from './container.ts';
import { type Stack } from './stack.ts';
export interface ProbeResult {
    readonly service: string;
    readonly well: boolean;
}
/**
 * Asks the services that read the databases, those of them that run. The questions are put from inside the database's
 * container, which is on the same network and has bash, by bash's own sockets: no published port, no curl is needed.
 */
export declare function probeServices(remote: Remote, stack: Stack, database: Container, options?: CallOptions): Promise<ProbeResult[]>;
/**
 * Probes until every service of `expected` is well, or the deadline has passed. Gives the services that are not.
 * `readAgain` looks at the stack anew: addresses can change with a start.
 */
export declare function waitUntilWell(remote: Remote, readAgain: () => Promise<Stack>, database: Container, expected: readonly string[], deadlineMs: number, options?: CallOptions): Promise<string[]>;
