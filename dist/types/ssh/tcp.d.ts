import { Socket } from 'node:net';
/**
 * A connection to `host:port` without Nagle's delay. `host-unreachable` with the reason, or `timed-out` when nothing
 * answers within `timeoutMs`, or `cancelled`.
 */
export declare function dialTcp(host: string, port: number, timeoutMs: number, signal: AbortSignal): Promise<Socket>;
