import type { CallOptions } from '../remote/remote.ts';
import type { Container } from './container.ts';
import type { Runner } from './lock.ts';
import { type Stack } from './stack.ts';
/** The containers, each once, in the order in which they are to be started. */
export declare function inStartOrder(containers: readonly Container[]): Container[];
/** The running containers of the project, in the order in which they are to be started should they all go down. */
export declare function runningOf(stack: Stack): Container[];
/** The running containers of these services, as far as there are any. */
export declare function findRunning(stack: Stack, services: readonly string[]): Container[];
/** The running containers of the services that somebody named in the input `services`; `input-invalid` for one that is not there. */
export declare function findNamed(stack: Stack, services: readonly string[]): Container[];
/**
 * The running containers that may write to the databases: those that mount the same password file as the database
 * itself, `clients` (those with a session open, whatever project they are of), and candig-ingest. Never the database's
 * own container.
 */
export declare function findWriters(stack: Stack, database: Container, clients: readonly Container[]): Container[];
/** Refuses to go on if a container could not be started again after being stopped. */
export declare function requireStartable(stack: Stack, writers: readonly Container[]): void;
/**
 * Stops containers, all at once, and waits until they are down. Ones that are down already are no error. `graceS`: how
 * long each may take to end by itself; else what it was made with, or Docker's 10 s.
 */
export declare function stopContainers(host: Runner, ids: readonly string[], { graceS, ...options }?: CallOptions & {
    readonly graceS?: number;
}): Promise<void>;
/**
 * Starts containers one after the other, in the order given; each gets a second try, and the others are started all the
 * same before `service-not-running` names those that stay down.
 */
export declare function startContainers(host: Runner, ids: readonly string[], options?: CallOptions): Promise<void>;
