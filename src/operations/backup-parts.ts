import type { PartName } from '../backups/manifest.ts';
import type { Recipient } from '../seal/recipients.ts';
import { logsParts } from '../sources/logs/logs.ts';
import { databasePart } from '../sources/postgres/dump.ts';
import { chooseDatabases } from '../sources/postgres/postgres.ts';
import type { Part } from '../sources/source.ts';
import { vaultKeysPart, vaultPart } from '../sources/vault/dump.ts';
import type { BackupRequest } from './backup.ts';
import type { Context } from './context.ts';
import type { HostAccess } from './site-access.ts';

export interface PartFor {
  readonly part: Part;
  /** Who can open its object. */
  readonly recipients: readonly Recipient[];
}

/** What is to be dumped of one source. Throws if it is not there to be dumped. */
export async function partsOf(
  name: PartName,
  { host, databases, recipients, vaultKeysRecipients }: BackupRequest,
  runId: string,
  access: HostAccess,
  { signal }: Context,
): Promise<PartFor[]> {
  const forAll = (part: Part): PartFor => ({ part, recipients });
  const { remote, project } = host;
  switch (name) {
    case 'databases': {
      const { postgres } = access.requireDatabases();
      const chosen = await chooseDatabases(postgres, databases);
      return chosen.map((database) => forAll(databasePart(postgres.server, database.name)));
    }
    case 'vault': {
      const site = { remote, project, runId, fenced: access.fenced, stack: access.stack };
      return [forAll(vaultPart(site)), { part: vaultKeysPart(site), recipients: vaultKeysRecipients ?? recipients }];
    }
    case 'logs': {
      const parts = await logsParts({ remote, stack: access.stack, application: `candig-backup/${runId}` }, { signal });
      return parts.map(forAll);
    }
  }
}
