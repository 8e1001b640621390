import { mkdir, mkdtemp, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError } from '../../src/errors.ts';
import { canInstall, install } from './daemon.ts';
import { cacheFolder } from './folder.ts';
import { docker, run } from './run.ts';

export type Suite = 'bookworm' | 'trixie';
export type Say = (line: string) => void;

/** What the names of all images made here begin with. */
export const namespace = 'candig-backup-test';

const refusal = join(cacheFolder, 'pull-refused');

/** Whether the image is on this machine. */
export async function exists(image: string): Promise<boolean> {
  return (await docker(['images', '-q', image])) !== '';
}

/** Pulls an image; false where that cannot be done. */
export async function pull(image: string): Promise<boolean> {
  // A closed network is asked once an hour, not once an image.
  const refusedMs = await stat(refusal).then(
    (file) => Date.now() - file.mtimeMs,
    () => Number.POSITIVE_INFINITY,
  );
  if (refusedMs < 3_600_000) return false;
  try {
    await docker(['pull', '-q', image], { timeoutMs: 60_000 });
    return true;
  } catch {
    await mkdir(cacheFolder, { recursive: true });
    await writeFile(refusal, '');
    return false;
  }
}

async function bootstrap(suite: Suite, image: string): Promise<void> {
  if (!(await canInstall())) {
    throw new BackupError(
      'docker-missing',
      `the stack needs the image debian:${suite}-slim, which cannot be pulled, and only root on Debian can make one`,
    );
  }
  await run('sh', ['-c', 'command -v debootstrap']).catch(() => install('debootstrap', 'debian-archive-keyring'));
  // Not below /tmp, which is often mounted without devices.
  const folder = await mkdtemp('/var/tmp/candig-backup-');
  try {
    await run('debootstrap', ['--variant=minbase', suite, folder], {
      timeoutMs: 300_000,
    });
    await run('bash', [
      '-o',
      'pipefail',
      '-c',
      'rm -f "$1"/var/cache/apt/archives/*.deb; tar -C "$1" -c . | docker import - "$2"',
      'bash',
      folder,
      image,
    ]);
  } finally {
    await run('rm', ['-rf', '--one-file-system', folder]);
  }
}

/** Debian itself as an image: pulled where that can be done, else made by debootstrap. */
export async function base(suite: Suite, say: Say): Promise<string> {
  const image = `${namespace}/base:${suite}`;
  if (await exists(image)) return image;
  say(`Getting Debian ${suite}`);
  if (await pull(`debian:${suite}-slim`)) await docker(['tag', `debian:${suite}-slim`, image]);
  else await bootstrap(suite, image);
  return image;
}
