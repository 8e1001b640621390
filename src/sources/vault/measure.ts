import { BackupError } from '../../errors.ts';
import type { CallOptions } from '../../remote/remote.ts';
import { dockerExec, translateDockerError } from '../../stack/docker.ts';
import { longestFreezeMs, uptimeMs } from './freeze.ts';
import type { VaultSite } from './vault-site.ts';

/** What lies in the storage folder, before the copy. */
export interface Measured {
  readonly sizeBytes: number;
  readonly freeBytes: number;
  readonly files: number;
  /** Files without content, which Vault takes for absent: a crash left them. */
  readonly emptyFiles: number;
  /** Half-written files, which are left out. */
  readonly temporaryFiles: number;
}

const measureScript = [
  'cd /vault; [ -d data ] || exit 66',
  uptimeMs,
  // A tar has up to a kilobyte more for each file than is in it. Files are called after people: as arguments of a program
  // their names would show in the host's list of processes.
  `ls -lnRA data | awk '/^-/ { sum += $5 + 1024 } END { printf "%.0f ", sum + 10240 }'`,
  `df -P -k /spool | awk 'NR == 2 { printf "%.0f ", $4 * 1024 }'`,
  'files=$(find data -type f | wc -l); empty=$(find data -type f -size 0 | wc -l); temporary=$(find data -type f -name "*.temp" | wc -l)',
  'echo "$files $empty $temporary"',
].join('\n');

/** Reading it warms the cache, and then tells how long the copy will take. What takes this long is not read to its end. */
const readScript = [
  'cd /vault',
  uptimeMs,
  'read_all() { from=$(now); timeout "$1" tar -c -f - data 2> /dev/null | wc -c > /dev/null; echo "$(($(now) - from))"; }',
  'first=$(read_all 60)',
  '[ "$first" -gt "$1" ] && [ "$first" -lt 60000 ] && first=$(read_all 20)',
  'echo "$first"',
].join('\n');

/** Looks at the storage of Vault from within the container for its copy. */
export async function measure({ fenced }: VaultSite, containerId: string, options: CallOptions): Promise<Measured> {
  const command = dockerExec(containerId, ['timeout', '300', 'sh', '-c', measureScript]);
  const text = await fenced.run(command, { timeoutMs: 330_000, ...options }).catch((error: unknown) => {
    throw translateDockerError(error, 'Measure Vault’s storage', fenced.name);
  });
  const [sizeBytes, freeBytes, files, emptyFiles, temporaryFiles] = text.trim().split(' ').map(Number);
  const all = { sizeBytes, freeBytes, files, emptyFiles, temporaryFiles };
  if (Object.values(all).every((value) => Number.isSafeInteger(value))) return all as Measured;
  throw new BackupError('dump-failed', 'Vault’s storage cannot be measured');
}

/** How long reading all of it takes with nothing frozen, in milliseconds. */
export async function timeReading({ fenced }: VaultSite, containerId: string, options: CallOptions): Promise<number> {
  const command = dockerExec(containerId, ['sh', '-c', readScript, 'sh', String(longestFreezeMs)]);
  const text = await fenced.run(command, { timeoutMs: 120_000, ...options }).catch((error: unknown) => {
    throw translateDockerError(error, 'Read Vault’s storage', fenced.name);
  });
  return Number(text);
}
