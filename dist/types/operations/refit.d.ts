import type { Container } from '../stack/container.ts';
import { type Stack } from '../stack/stack.ts';
import type { Context } from './context.ts';
import type { Host, HostAccess } from './site-access.ts';
/**
 * Where logins to Vault are bound to addresses, a start can lock a service out: Docker may have given it another one.
 * Brings the bounds in line with where the containers are now, if any of `started` is elsewhere than before; always
 * for a Vault that was replaced, or where nobody knows what was before (`asked`). Without a usable Vault there is nothing to be done.
 */
export declare function refitBounds({ remote, project }: Host, { fenced }: Pick<HostAccess, 'fenced'>, before: Stack, started: readonly Container[], why: 'started' | 'replaced' | 'asked', { log }: Context): Promise<void>;
