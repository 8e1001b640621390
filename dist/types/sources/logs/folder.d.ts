import type { CallOptions } from '../../remote/remote.ts';
import { type Helper, type LogsHost } from './helper.ts';
/** Where the logs are on the host. */
export interface LogFolder {
    readonly path: string;
    readonly foundBy: 'fluentd' | 'checkout';
}
/**
 * Finds the folder that fluentd writes to: what its container has at `/logging`, whatever it is called and whether or
 * not the container runs. Where that container is gone, in the checkout that other containers have their secrets from.
 * Throws `dump-failed` if there is no such folder or more than one that it could be.
 */
export declare function findLogFolder(host: LogsHost, helper: Helper, options?: CallOptions): Promise<LogFolder>;
