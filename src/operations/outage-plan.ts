import { literal } from '../sources/postgres/names.ts';
import { restartAfterWhole } from '../sources/vault/whole.ts';
import type { Container } from '../stack/container.ts';
import { findNamed, findRunning, findWriters, inStartOrder, requireStartable } from '../stack/services.ts';
import { findContainersAt } from '../stack/stack.ts';
import type { SiteAccess } from './site-access.ts';

/** What a swap of `databases` takes off the site for its duration. */
export interface OutagePlan {
  /** To be stopped, in the order in which they are started again. */
  readonly stop: readonly Container[];
  /** The living databases that are closed meanwhile. */
  readonly databases: readonly string[];
  /** Sessions from outside any container, which are ended. */
  readonly outsideSessions: number;
}

/** What is to be swapped. */
export interface Swapping {
  /** Names of databases; undefined: none of them changes. */
  readonly databases: readonly string[] | undefined;
  /** Services to stop besides those that are found. */
  readonly services: readonly string[];
  readonly authorization?: 'secrets' | 'whole' | undefined;
}

/** Looks at who uses the databases now. Throws if something to be stopped could not be started again. */
export async function planOutage(
  { stack, database, postgres }: Pick<SiteAccess, 'stack' | 'database' | 'postgres'>,
  { databases, services, authorization }: Swapping,
): Promise<OutagePlan> {
  const admin = await postgres.admin();
  // No name is empty: the list stays valid SQL when there are none.
  const names = ['', ...(databases ?? [])].map(literal).join(', ');
  const living = await admin.query<{ name: string }>(
    'List the living databases',
    `SELECT datname AS name FROM pg_database WHERE datname IN (${names})`,
  );
  const sessions = await admin.query<{ address: string }>(
    'List the sessions',
    `SELECT host(client_addr) AS address FROM pg_stat_activity WHERE client_addr IS NOT NULL AND datname IN (${names})`,
  );
  const addresses = sessions.map(({ address }) => address);
  const clients = await findContainersAt(postgres.server.remote, addresses);
  // Authorization alone is written entry by entry; nobody need stop for that.
  const writers = databases === undefined ? [] : findWriters(stack, database, clients);
  // They keep what they once got from a Vault that is not there any more.
  const holders = authorization === 'whole' ? findRunning(stack, restartAfterWhole) : [];
  const named = findNamed(stack, services).filter(({ id }) => id !== database.id);
  const stop = inStartOrder([...writers, ...holders, ...named]);
  requireStartable(stack, stop);
  const known = new Set(clients.flatMap((container) => container.addresses));
  return {
    stop,
    databases: living.map(({ name }) => name),
    outsideSessions: addresses.filter((address) => !known.has(address)).length,
  };
}
