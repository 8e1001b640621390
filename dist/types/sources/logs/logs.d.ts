import type { CallOptions } from '../../remote/remote.ts';
import type { Part } from '../source.ts';
import { type LogsHost } from './helper.ts';
/**
 * The logs of a site as parts of a backup: the folder of fluentd with Vault's audit log, and what Docker has kept of
 * each service that does not log there. No container needs to run. Nothing else of the checkout is ever read, nor of
 * Vault's volume: keys lie in both.
 */
export declare function logsParts(host: LogsHost, options?: CallOptions): Promise<Part[]>;
