import { randomBytes } from 'node:crypto';
import { link, mkdir, open as openFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ManifestObject } from '../backups/manifest.ts';
import { BackupError } from '../errors.ts';
import type { Remote } from '../remote/remote.ts';
import type { Identity } from '../seal/identities.ts';
import { archiveToSql } from '../sources/postgres/load.ts';
import type { Context } from './context.ts';
import { type OpeningRequest, openSealedBackup, type SealedBackup } from './sealed-backup.ts';

export interface OpenRequest extends OpeningRequest {
  readonly identities: readonly Identity[];
  /** An existing folder to write into. Nothing in it is replaced. */
  readonly folder: string;
  /** Name of one object (with or without `.age`); undefined: all of them. */
  readonly object: string | undefined;
  /** Where a pg_restore turns dumps into SQL under the names of CanDIG's guide; undefined: dumps stay dumps. */
  readonly pgRestore: Remote | undefined;
}

export interface OpenReport {
  readonly operation: 'open';
  readonly status: 'complete';
  readonly site: string;
  readonly backupId: string;
  /** Paths of the plain files. */
  readonly files: readonly string[];
}

/** Writes the plain objects of a verified backup into a folder, each whole or not at all, readable by its owner only. */
export async function open(request: OpenRequest, context: Context): Promise<OpenReport> {
  context.log.phase('Verify the signature');
  const backup = await openSealedBackup(request, [], context);
  const wanted = chooseObjects(backup, request.object);
  context.log.phase('Open the objects');
  const files: string[] = [];
  for (const object of wanted) files.push(await openObject(request, backup, object, context));
  return { operation: 'open', status: 'complete', site: request.site, backupId: backup.ref.id, files };
}

function chooseObjects({ manifest, ref }: SealedBackup, name: string | undefined): ManifestObject[] {
  if (name === undefined) return manifest.objects;
  const found = manifest.objects.find((object) => object.name === name || object.name === `${name}.age`);
  if (found !== undefined) return [found];
  throw new BackupError('object-missing', `Backup ${ref.id} has no object ${JSON.stringify(name)}`, {
    hint: `It has: ${manifest.objects.map((object) => object.name).join(', ')}`,
  });
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
  if (pgRestore === undefined || database === undefined) return await writeWhole(join(folder, name), plain);
  const day = backup.manifest.startedAt.slice(0, 10);
  return await writeWhole(join(folder, `${day}-${database}-backup.sql`), archiveToSql(pgRestore, plain, signal));
}

async function writeWhole(path: string, content: NodeJS.ReadableStream): Promise<string> {
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  const temporary = `${path}.part-${randomBytes(4).toString('hex')}`;
  try {
    const file = await openFile(temporary, 'wx', 0o600);
    await pipeline(content, file.createWriteStream({ flush: true }));
    // A link, since it never replaces a file that is there.
    await link(temporary, path);
  } catch (error) {
    throw toOurs(error, path);
  } finally {
    await rm(temporary, { force: true });
  }
  return path;
}

function toOurs(error: unknown, path: string): unknown {
  if (error instanceof BackupError || !(error instanceof Error) || !('code' in error)) return error;
  if (error.code === 'EEXIST')
    return new BackupError('object-exists', `There is a file ${path} already`, {
      hint: 'Nothing is replaced: choose an empty folder',
    });
  if (error.code === 'ENOSPC') return new BackupError('disk-full', `The disk of ${path} is full`);
  return new BackupError('store-failed', `${path} cannot be written (${String(error.code)})`, { cause: error });
}
