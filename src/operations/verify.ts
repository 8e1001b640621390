import { pipeline } from 'node:stream/promises';
import { discarding } from '../backups/discard.ts';
import { signedLink } from '../backups/previous.ts';
import { BackupError, isBackupError } from '../errors.ts';
import type { Remote } from '../remote/remote.ts';
import type { Identity } from '../seal/identities.ts';
import { checkSealedShape } from '../seal/shape.ts';
import { checkLog } from '../sources/logs/sealed-logs.ts';
import { readWholeArchive } from '../sources/postgres/load.ts';
import { checkedStorage } from '../sources/vault/sealed-vault.ts';
import type { Context } from './context.ts';
import { type StoredCopy, storedCopy } from './copies.ts';
import { chooseDumps } from './dumps.ts';
import { chooseLogs } from './kept-logs.ts';
import {
  findCopies,
  isOfTheCopy,
  type OpeningRequest,
  readEvidence,
  readShown,
  readThrough,
  type SealedBackup,
} from './sealed-backup.ts';
import { findVaultObjects, openVaultKeys } from './vault-objects.ts';

export interface VerifyRequest extends OpeningRequest {
  /** None: what can be told without opening anything. */
  readonly identities: readonly Identity[];
  /** Where a pg_restore is to read the dumps; none: they are not read. */
  readonly pgRestore: Remote | undefined;
}

export interface VerifyReport {
  readonly operation: 'verify';
  /** `degraded`: a good copy exists, and some store has none. */
  readonly status: 'complete' | 'degraded';
  readonly site: string;
  readonly backupId: string;
  /** One for each store. */
  readonly copies: readonly StoredCopy[];
  readonly manifestDigest: string;
  /** The signature, every size and digest. Always; else `verify` throws. */
  readonly objects: readonly { readonly name: string; readonly sizeBytes: number }[];
  /**
   * Whether every object but those `unopened` was opened to its last chunk with an identity, the evidence read, and what
   * `open` would unpack found safe and as the evidence has it.
   */
  readonly opened: boolean;
  /** Objects that are for other identities than those given: none, or the keys of Vault. */
  readonly unopened: readonly string[];
  /** Whether pg_restore read each dump to its end. */
  readonly dumpsRead: boolean;
  /** What the chain says: the backup before it is there and is the one it names, is not there any more, or there is none. */
  readonly chain: 'linked' | 'previous-gone' | 'first';
}

/**
 * Proves what can be proven of a backup. Without an identity: the signature, the chain, every size and digest, the
 * header of each object and that its length is possible. With one also: header MAC, every chunk, the evidence, that
 * Vault's storage and the logs can be unpacked to their ends, that its keys are keys, and, if there is a pg_restore, that
 * it reads each dump to its end. Keys of Vault that are for others to open are named, and are no failure.
 */
export async function verify(request: VerifyRequest, context: Context): Promise<VerifyReport> {
  const { identities, site } = request;
  context.log.phase('Verify the signature');
  const { whole, lacking } = await findCopies(request, [], context);
  const [{ manifest, digest, ref }] = whole;
  const isOpening = identities.length > 0;
  const unopened = new Set<string>();
  const failed = [...lacking];
  const good: SealedBackup[] = [];
  let dumpsRead = isOpening;
  for (const copy of whole) {
    context.log.phase(`${isOpening ? 'Open every object to its end' : 'Read every object'} in ${copy.where}`);
    try {
      if (isOpening) {
        for (const name of await openAll(copy, identities, context)) unopened.add(name);
        dumpsRead = (await readDumps(request, copy, context)) && dumpsRead;
      } else {
        for (const object of manifest.objects) await checkSealedShape(await copy.readSealed(object, context.signal));
      }
      good.push(copy);
    } catch (error) {
      if (context.signal.aborted || !isOfTheCopy(error)) throw error;
      failed.push({ store: copy.where, reason: error });
      context.log.warn(`The copy in ${copy.where} is not good: ${error.message}`);
    }
  }
  const [first, last] = [good[0], failed.at(-1)];
  if (first === undefined) throw last?.reason;
  return {
    operation: 'verify',
    status: failed.length === 0 ? 'complete' : 'degraded',
    site,
    backupId: ref.id,
    copies: [
      ...good.map(({ where }) => storedCopy(where)),
      ...failed.map(({ store, reason }) => storedCopy(store, reason)),
    ],
    manifestDigest: digest,
    objects: manifest.objects.map(({ name, sizeBytes }) => ({ name, sizeBytes })),
    opened: isOpening,
    unopened: [...unopened],
    dumpsRead,
    chain: await checkChain(request, first),
  };
}

/** Opens every object to its end, each as what it is for would. Gives the names of those that are for other identities. */
async function openAll(backup: SealedBackup, identities: readonly Identity[], context: Context): Promise<string[]> {
  const { signal } = context;
  const { objects } = backup.manifest;
  const { parts } = await readEvidence(backup, identities, signal);
  // As a restore would, so that evidence it could not use is no surprise then.
  if (objects.some(({ part }) => part === 'databases') || (parts.databases ?? []).length > 0) {
    await chooseDumps(backup, identities, [], signal);
  }
  const logs = await chooseLogs(backup, identities, signal);
  const { storage, keys } = findVaultObjects(backup);
  const others = objects.filter((it) => it !== storage && it !== keys && it.part !== 'logs');
  await readThrough(backup, others, identities, context);
  if (storage !== undefined) {
    await pipeline(checkedStorage(await readShown(backup, storage, identities, context)), discarding());
  }
  for (const { object, evidence } of logs) {
    await checkLog(await readShown(backup, object, identities, context), evidence);
  }
  if (keys === undefined || (await openVaultKeys(backup, keys, identities, signal)) !== undefined) return [];
  await checkSealedShape(await backup.readSealed(keys, signal));
  context.log.warn('The identity does not open the keys of Vault, without which its data opens for nobody');
  return [keys.name];
}

/** Whether a pg_restore read every dump; false if there is no dump or no pg_restore. Throws if one could not be read. */
async function readDumps(
  { identities, pgRestore }: VerifyRequest,
  backup: SealedBackup,
  context: Context,
): Promise<boolean> {
  const dumps = backup.manifest.objects.filter(({ name }) => name.endsWith('.dump.age'));
  if (pgRestore === undefined || dumps.length === 0) return false;
  context.log.phase('Read every dump with pg_restore');
  for (const object of dumps) {
    const plain = await backup.readPlain(object, identities, context.signal);
    try {
      await readWholeArchive(pgRestore, object.name, plain, context.signal);
    } catch (error) {
      const why = unreadHere(error);
      if (why === undefined) throw error;
      context.log.warn(`${why}: the dumps were opened, but not read`);
      return false;
    }
  }
  return true;
}

/** Why this machine could not have read a dump, however good it is. */
function unreadHere(error: unknown): string | undefined {
  if (isBackupError(error, 'command-missing')) return 'There is no pg_restore here';
  if (isBackupError(error, 'version-mismatch')) return 'The pg_restore here is older than the PostgreSQL of the dumps';
  return undefined;
}

async function checkChain(
  { stores, site, publicKey }: VerifyRequest,
  { manifest, ref }: SealedBackup,
): Promise<VerifyReport['chain']> {
  const { previous } = manifest;
  if (previous === null) return 'first';
  const links = await Promise.allSettled(stores.map((store) => signedLink(store, site, publicKey, previous.id)));
  const before = links.flatMap((it) => (it.status === 'fulfilled' && it.value !== null ? [it.value] : []));
  const [trouble] = links.flatMap((it) => (it.status === 'rejected' ? [it.reason as unknown] : []));
  if (before.length === 0 && trouble !== undefined) throw trouble;
  if (before.length === 0) return 'previous-gone';
  if (before.every(({ digest }) => digest === previous.digest)) return 'linked';
  throw new BackupError('manifest-invalid', `Backup ${previous.id} is not the one that ${ref.id} was made after`);
}
