import type { Container } from './container.ts';
import { type Stack } from './stack.ts';
/** The running container of the site's PostgreSQL; `service-missing` or `service-not-running` otherwise. */
export declare function databaseServiceOf(stack: Stack): Container;
