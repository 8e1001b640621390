import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError } from '../../src/errors.ts';
import { canInstall, install } from './daemon.ts';
import { cacheFolder } from './folder.ts';
import { alone } from './lock.ts';
import { docker, run } from './run.ts';

export type PostgresMajor = 15 | 17;

/** Names of local images; each ends in a digest of what it was built from. */
export interface Images {
  readonly postgres: string;
  readonly services: string;
  readonly host: string;
}

type Suite = 'bookworm' | 'trixie';
type Say = (line: string) => void;

const namespace = 'candig-backup-test';
const refusal = join(cacheFolder, 'pull-refused');

async function exists(image: string): Promise<boolean> {
  return (await docker(['images', '-q', image])) !== '';
}

async function pull(image: string): Promise<boolean> {
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

async function base(suite: Suite, say: Say): Promise<string> {
  const image = `${namespace}/base:${suite}`;
  if (await exists(image)) return image;
  say(`Getting Debian ${suite}`);
  if (await pull(`debian:${suite}-slim`)) await docker(['tag', `debian:${suite}-slim`, image]);
  else await bootstrap(suite, image);
  return image;
}

async function digest(folder: string, ...more: string[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(more));
  for (const entry of (await readdir(folder, { recursive: true, withFileTypes: true })).sort((a, b) =>
    join(a.parentPath, a.name) < join(b.parentPath, b.name) ? -1 : 1,
  )) {
    if (entry.isFile()) hash.update(`${entry.name}\0`).update(await readFile(join(entry.parentPath, entry.name)));
  }
  return hash.digest('hex').slice(0, 12);
}

async function build(role: keyof Images | 'tools', suite: Suite, say: Say, major?: PostgresMajor): Promise<string> {
  const folder = join(import.meta.dirname, 'images', role);
  const name = major === undefined ? role : `${role}-${major}`;
  const image = `${namespace}/${name}:${await digest(folder, suite)}`;
  if (await exists(image)) return image;
  return alone('images', async () => {
    if (await exists(image)) return image;
    const from = await base(suite, say);
    say(`Building ${name}`);
    const values = { BASE: from, ...(major === undefined ? {} : { MAJOR: String(major) }) };
    const proxies = ['http_proxy', 'https_proxy', 'no_proxy'].filter((variable) => process.env[variable]);
    const given = [...Object.entries(values).map(([key, value]) => `${key}=${value}`), ...proxies];
    await docker(
      ['build', '-q', '--network', 'host', ...given.flatMap((arg) => ['--build-arg', arg]), '-t', image, folder],
      // The classic builder is in every daemon; the other one needs a plugin that Debian packages apart.
      { env: { DOCKER_BUILDKIT: '0' }, timeoutMs: 600_000 },
    );
    return image;
  });
}

/**
 * The images of a stack, made if they are not there (half a minute each): on top of Debian's image where that can be
 * pulled, else of one made by debootstrap. Rejects with `docker-missing` where neither can be had.
 */
export async function ensureImages(major: PostgresMajor, say: Say = () => {}): Promise<Images> {
  return {
    services: await build('services', 'trixie', say),
    host: await build('host', 'trixie', say),
    postgres: await build('postgres', major === 15 ? 'bookworm' : 'trixie', say, major),
  };
}

/** An image with plain age, minisign and pg_restore: what people open a backup with when they have nothing of ours. */
export async function ensureTools(say: Say = () => {}): Promise<string> {
  return await build('tools', 'trixie', say);
}
