import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestStack } from '../__tests__/stack/stack.ts';
import * as candig from '../src/index.ts';

/** The operations on the demo's site, with its login, its store and keys made for it. Disposing of it logs out. */
export interface DemoSite extends AsyncDisposable {
  backUp(): Promise<candig.BackupReport>;
  list(): Promise<candig.ListReport>;
  plan(authorization: 'secrets' | 'whole'): Promise<candig.PlanReport>;
  restore(authorization: 'secrets' | 'whole', acceptReturned: number): Promise<candig.RestoreReport>;
  rollback(): Promise<candig.RollbackReport>;
  forgetPrevious(): Promise<candig.ForgetPreviousReport>;
  /** The backup's own folder, with what opens it beside it: `identity.txt`, `vault-keys-identity.txt`, `signing.pub`. */
  folderWithKeys(backupId: string): Promise<string>;
}

/** Logs in on the stack's host over SSH; backups are kept in a folder below `folder`. */
export async function openDemoSite(stack: TestStack, folder: string, signal: AbortSignal): Promise<DemoSite> {
  const storeFolder = join(folder, 'store');
  await mkdir(storeFolder);
  const site = candig.parseSite('demo-site');
  const context: candig.Context = { log: candig.silentLog, signal, now: () => new Date() };
  const [own, spare, forVaultKeys] = [1, 2, 3].map(() => candig.generateIdentity('x25519'));
  const signing = candig.generateSigningKey();
  if (own === undefined || spare === undefined || forVaultKeys === undefined) throw new Error('no keys were made');
  const store = await candig.openDirectory(storeFolder);
  const { host: address, port, user, privateKey, knownHosts, project } = stack;
  const remote = await candig.openSsh({ host: address, port, user, privateKey, knownHosts });
  const host: candig.Host = { remote, project };
  const opening = {
    site,
    stores: [store],
    publicKey: candig.parsePublicKey(signing.public),
    backup: 'latest' as const,
    identities: candig.parseIdentities(`${own.identity}\n${forVaultKeys.identity}`),
  };
  const onHost = { host, databases: [], services: [] };
  return {
    backUp: async () =>
      await candig.backup(
        {
          ...onHost,
          site,
          stores: [store],
          include: ['databases', 'vault', 'logs'],
          recipients: candig.parseRecipients([own.recipient, spare.recipient]),
          vaultKeysRecipients: candig.parseRecipients([forVaultKeys.recipient]),
          signingKey: candig.readSigningKey(signing.secret),
        },
        context,
      ),
    list: async () => await candig.list(opening, context),
    plan: async (authorization) =>
      await candig.plan(
        {
          ...opening,
          ...onHost,
          authorization,
          authorizationStores: [],
          acceptReturned: 0,
          vaultKeysApart: true,
        },
        context,
      ),
    restore: async (authorization, acceptReturned) =>
      await candig.restore(
        {
          ...opening,
          ...onHost,
          include: ['databases', 'vault'],
          authorization,
          authorizationStores: [],
          acceptReturned,
          confirm: site,
          acceptSchemaChange: true,
          allowedExtensions: new Set(),
        },
        context,
      ),
    rollback: async () => await candig.rollback({ site, host, services: [], confirm: site }, context),
    forgetPrevious: async () => await candig.forgetPrevious({ site, host, confirm: site }, context),
    folderWithKeys: async (backupId) => {
      const path = join(storeFolder, site, backupId);
      await writeFile(join(path, 'identity.txt'), own.identity, { mode: 0o600 });
      await writeFile(join(path, 'vault-keys-identity.txt'), forVaultKeys.identity, { mode: 0o600 });
      await writeFile(join(path, 'signing.pub'), signing.public);
      return path;
    },
    [Symbol.asyncDispose]: async () => await remote[Symbol.asyncDispose](),
  };
}
