import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { base, exists, namespace, type Say, type Suite } from './debian.ts';
import { alone } from './lock.ts';
import { docker } from './run.ts';

export type PostgresMajor = 15 | 17;

/** Names of local images; each ends in a digest of what it was built from. */
export interface Images {
  readonly postgres: string;
  readonly services: string;
  readonly host: string;
  /** Where the stack has a Vault. */
  readonly vault?: string;
}

/** What a folder holds, and `more`, as a few letters. */
export async function digest(folder: string, ...more: string[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(more));
  for (const entry of (await readdir(folder, { recursive: true, withFileTypes: true })).sort((a, b) =>
    join(a.parentPath, a.name) < join(b.parentPath, b.name) ? -1 : 1,
  )) {
    if (entry.isFile()) hash.update(`${entry.name}\0`).update(await readFile(join(entry.parentPath, entry.name)));
  }
  return hash.digest('hex').slice(0, 12);
}

/** Makes `image` from the Dockerfile in `folder`, if it is not there; one at a time on this machine. */
export async function buildImage(
  image: string,
  folder: string,
  values: (say: Say) => Promise<Readonly<Record<string, string>>>,
  say: Say,
): Promise<string> {
  if (await exists(image)) return image;
  return alone('images', async () => {
    if (await exists(image)) return image;
    const given = Object.entries(await values(say)).map(([key, value]) => `${key}=${value}`);
    say(`Building ${image}`);
    const proxies = ['http_proxy', 'https_proxy', 'no_proxy'].filter((variable) => process.env[variable]);
    const args = [...given, ...proxies].flatMap((arg) => ['--build-arg', arg]);
    await docker(
      ['build', '-q', '--network', 'host', ...args, '-t', image, folder],
      // The classic builder is in every daemon; the other one needs a plugin that Debian packages apart.
      { env: { DOCKER_BUILDKIT: '0' }, timeoutMs: 600_000 },
    );
    return image;
  });
}

/** The folder an image is made from. */
export const recipe = (role: string) => join(import.meta.dirname, 'images', role);

async function build(
  role: Exclude<keyof Images, 'vault'> | 'tools',
  suite: Suite,
  say: Say,
  major?: PostgresMajor,
): Promise<string> {
  const folder = recipe(role);
  const name = major === undefined ? role : `${role}-${major}`;
  const image = `${namespace}/${name}:${await digest(folder, suite)}`;
  const more = major === undefined ? {} : { MAJOR: String(major) };
  return await buildImage(image, folder, async () => ({ BASE: await base(suite, say), ...more }), say);
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
