import type { Container } from './container.ts';
import { findService, requireService, type Stack } from './stack.ts';

/** What the service is called: `postgres-db` since CanDIG 5, `metadata-db` before. */
const names = ['postgres-db', 'metadata-db'] as const;

/** The running container of the site's PostgreSQL; `service-missing` or `service-not-running` otherwise. */
export function databaseServiceOf(stack: Stack): Container {
  const name = names.find((candidate) => findService(stack, candidate) !== undefined) ?? names[0];
  return requireService(stack, name);
}
