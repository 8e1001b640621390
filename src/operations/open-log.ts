import { join } from 'node:path';
import type { Identity } from '../seal/identities.ts';
import { inflatedLog, logUnpackRules } from '../sources/logs/sealed-logs.ts';
import { unpackTar } from '../tarball/unpack.ts';
import type { Context } from './context.ts';
import type { KeptLog } from './kept-logs.ts';
import type { SealedBackup } from './sealed-backup.ts';
import { writeWhole } from './write-whole.ts';

/**
 * Writes one log of a backup: the log folder unpacked as the folder `logs`, what Docker had kept of a service as
 * `<service>.log` beside it. `check-failed`, with nothing written, unless it is what the evidence says and safe to unpack.
 */
export async function openLog(
  backup: SealedBackup,
  { object, evidence }: KeptLog,
  { identities, folder }: { readonly identities: readonly Identity[]; readonly folder: string },
  { signal }: Context,
): Promise<string> {
  const plain = await backup.readPlain(object, identities, signal);
  if (evidence.kind === 'container') {
    return await writeWhole(join(folder, `${evidence.service}.log`), inflatedLog(plain, evidence), signal);
  }
  const path = join(folder, 'logs');
  await unpackTar(plain, path, logUnpackRules(evidence), { signal });
  return path;
}
