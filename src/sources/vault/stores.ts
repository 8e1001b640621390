import { BackupError } from '../../errors.ts';
import { shown } from '../../shown.ts';

/** Entries that belong together: one path (`opa/programs`), or all below one (`opa/programs/*`). Reports count by it. */
export type Store = string;

/** What is authorization in every CanDIG. */
export const authorizationStores: readonly Store[] = [
  'opa/programs',
  'opa/programs/*',
  'opa/users/*',
  'opa/site_roles',
  'opa/pending_users',
];

/**
 * What belongs to the running site whatever a backup has: service tokens, what Keycloak and the OPA release brought,
 * Vault's own paths, and what we keep there ourselves.
 */
const ofTheSite =
  /^(?:[^/]+\/token(?:\/|$)|(?:keycloak|sys|auth|identity|cubbyhole|candig-backup-[^/]*)(?:\/|$)|opa\/(?:paths|data)(?:\/|$))/;

/** Whether the entry at `path` is never put back into a living site. */
export function isOfTheSite(path: string): boolean {
  return ofTheSite.test(path);
}

/** The stores to restore: those of every CanDIG, and the ones named. `input-invalid` for what is not to be restored. */
export function parseStores(more: readonly string[]): Store[] {
  for (const store of more) {
    const isPath = /^[\w.-]+(?:\/[^/*\s]+)*(?:\/\*)?$/.test(store) && store.includes('/');
    if (!isPath || store.split('/').includes('..')) {
      throw new BackupError('input-invalid', `Input authorization-stores: ${shown(store)} is not a path in Vault`, {
        hint: 'Allowed are a path like federation/servers, and all that is below one, like candig-ingest/aws/*',
      });
    }
    if (isOfTheSite(store.replace(/\*$/, ''))) {
      throw new BackupError(
        'input-invalid',
        `Input authorization-stores: ${shown(store)} belongs to the running site`,
        {
          hint: 'Service tokens, keycloak, opa/paths and opa/data are never put back into a living Vault',
        },
      );
    }
  }
  return [...new Set([...authorizationStores, ...more])];
}
