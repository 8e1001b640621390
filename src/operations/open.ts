import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { discarding } from '../backups/discard.ts';
import type { ManifestObject } from '../backups/manifest.ts';
import { BackupError } from '../errors.ts';
import type { Remote } from '../remote/remote.ts';
import type { Identity } from '../seal/identities.ts';
import { archiveToSql } from '../sources/postgres/load.ts';
import type { Context } from './context.ts';
import { chooseLogs } from './kept-logs.ts';
import { openLog } from './open-log.ts';
import { openVault } from './open-vault.ts';
import { findCopies, type OpeningRequest, type SealedBackup, withNearest } from './sealed-backup.ts';
import { findVaultObjects } from './vault-objects.ts';
import { writeWhole } from './write-whole.ts';

export interface OpenRequest extends OpeningRequest {
  readonly identities: readonly Identity[];
  /** An existing folder to write into. Nothing in it is replaced. */
  readonly folder: string;
  /** Name of one object (with or without `.age`), written as it is; undefined: all of them, ready to be used. */
  readonly object: string | undefined;
  /** Where a pg_restore turns dumps into SQL under the names of CanDIG's guide; undefined: dumps stay dumps. */
  readonly pgRestore: Remote | undefined;
}

export interface OpenReport {
  readonly operation: 'open';
  readonly status: 'complete';
  readonly site: string;
  readonly backupId: string;
  /** Paths of the plain files, and of the folder of logs. */
  readonly files: readonly string[];
  /** Objects that are for other identities than those given: none, or the keys of Vault. */
  readonly unopened: readonly string[];
}

/**
 * Writes the plain objects of a verified backup into a folder, each whole or not at all, readable by its owner only.
 * Without a choice of one, authorization becomes the `restore.tar.gz` of CanDIG's own restore, and logs are unpacked.
 */
export async function open(request: OpenRequest, context: Context): Promise<OpenReport> {
  context.log.phase('Verify the signature');
  const { object: wanted, site } = request;
  const { whole: copies } = await findCopies(request, [], context);
  // Files are written as they are read: where there is a choice, the copy that is whole is found first.
  const backup =
    copies.length === 1
      ? copies[0]
      : await withNearest(copies, context, async (copy) => {
          for (const object of copy.manifest.objects) {
            await pipeline(await copy.readSealed(object, context.signal), discarding());
          }
          return copy;
        });
  const chosen = wanted === undefined ? undefined : chooseObject(backup, wanted);
  context.log.phase('Open the objects');
  const opened =
    chosen === undefined
      ? await openAll(request, backup, context)
      : { files: [await openObject(request, backup, chosen, context)], unopened: [] };
  return { operation: 'open', status: 'complete', site, backupId: backup.ref.id, ...opened };
}

function chooseObject({ manifest, ref }: SealedBackup, name: string): ManifestObject {
  const found = manifest.objects.find((object) => object.name === name || object.name === `${name}.age`);
  if (found !== undefined) return found;
  throw new BackupError('object-missing', `Backup ${ref.id} has no object ${JSON.stringify(name)}`, {
    hint: `It has: ${manifest.objects.map((object) => object.name).join(', ')}`,
  });
}

async function openAll(
  request: OpenRequest,
  backup: SealedBackup,
  context: Context,
): Promise<Pick<OpenReport, 'files' | 'unopened'>> {
  const logs = await chooseLogs(backup, request.identities, context.signal);
  const { storage, keys } = findVaultObjects(backup);
  // Keys alone are written as they are.
  const together = storage === undefined ? [] : [storage, keys];
  const others = backup.manifest.objects.filter(({ part }) => part !== 'logs').filter((it) => !together.includes(it));
  const files: string[] = [];
  const unopened: string[] = [];
  for (const object of others) files.push(await openObject(request, backup, object, context));
  if (storage !== undefined) {
    const opened = await openVault(backup, { storage, keys }, request, context);
    files.push(opened.path);
    unopened.push(...opened.unopened);
  }
  for (const kept of logs) files.push(await openLog(backup, kept, request, context));
  return { files, unopened };
}

async function openObject(
  { identities, folder, pgRestore }: OpenRequest,
  backup: SealedBackup,
  object: ManifestObject,
  { signal }: Context,
): Promise<string> {
  const plain = await backup.readPlain(object, identities, signal);
  const name = object.name.replace(/\.age$/, '');
  const database = /^(.+)\.dump$/.exec(name)?.[1];
  if (pgRestore === undefined || database === undefined) return await writeWhole(join(folder, name), plain, signal);
  const day = backup.manifest.startedAt.slice(0, 10);
  return await writeWhole(
    join(folder, `${day}-${database}-backup.sql`),
    archiveToSql(pgRestore, plain, signal),
    signal,
  );
}
