import type { Container } from '../../stack/container.ts';
import type { Part } from '../source.ts';
import { type Helper, type LogsHost } from './helper.ts';
/**
 * What Docker has kept of a container's output, both streams with their times, as a part of a backup: a text, compressed
 * on the host. One that Docker could not give to its end, since the container was removed, is kept as far as it goes.
 */
export declare function containerLogPart(host: LogsHost, helper: Helper, service: string, container: Container): Part;
