import type { CallOptions, Remote } from '../remote/remote.ts';
import { type Container } from './container.ts';
/** A CanDIG stack as found on its host: which containers there are and in what state, at the time of `readStack`. */
export interface Stack {
    readonly project: string;
    /** Every container of the compose project. */
    readonly containers: readonly Container[];
}
/** Runs a short docker command on the host; its failures are told apart (`docker-missing`, `docker-down`, …). */
export declare function runDocker(remote: Pick<Remote, 'name' | 'run'>, what: string, args: readonly string[], options?: CallOptions): Promise<string>;
/**
 * Looks at the host: the project's containers, by compose's labels, which stay when names change between compose
 * versions. Other containers are not asked: one that hangs would keep us waiting.
 */
export declare function readStack(remote: Remote, project: string, options?: CallOptions): Promise<Stack>;
/** What containers with these full ids are like. `service-replaced` if one of them is not there. */
export declare function readContainers(remote: Remote, ids: readonly string[], options?: CallOptions): Promise<Container[]>;
/** The containers, of whatever project, that have one of these addresses in Docker's networks. */
export declare function findContainersAt(remote: Remote, addresses: readonly string[], options?: CallOptions): Promise<Container[]>;
/** The container of a service, in whatever state; undefined if there is none. Two of one service are refused. */
export declare function findService(stack: Stack, service: string): Container | undefined;
/** The running container of a service; `service-missing` or `service-not-running` (the state is named) otherwise. */
export declare function requireService(stack: Stack, service: string): Container;
