import { access, copyFile, cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { base, exists, namespace, pull, type Say } from './debian.ts';
import { cacheFolder } from './folder.ts';
import { ensureGo } from './go.ts';
import { buildImage, digest, recipe } from './images.ts';
import { alone } from './lock.ts';
import { run } from './run.ts';

const official = 'hashicorp/vault:1.13';
const version = '1.13.1';
const folder = join(cacheFolder, `vault-${version}`);
const program = join(folder, 'vault');
const buildDeadlineMs = 3_600_000;

async function isBuilt(): Promise<boolean> {
  return access(program).then(
    () => true,
    () => false,
  );
}

/** Builds Vault from its Go modules, which takes minutes: once a machine, outside every checkout. */
async function ensureProgram(say: Say): Promise<void> {
  if (await isBuilt()) return;
  const build = async () => {
    if (await isBuilt()) return;
    const go = await ensureGo(say);
    say('Building Vault, once on this machine: 5 to 10 minutes');
    const work = join(folder, 'build');
    try {
      // One that was killed may have left something.
      await rm(work, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      await cp(join(import.meta.dirname, 'vault-build'), work, { recursive: true });
      await run(
        go,
        ['build', '-C', work, '-mod=mod', '-buildvcs=false', '-trimpath', '-ldflags=-s -w', '-o', 'vault'],
        {
          env: { CGO_ENABLED: '0' },
          timeoutMs: buildDeadlineMs,
        },
      );
      // Whole or not at all: whoever finds it under its name uses it.
      await rename(join(work, 'vault'), program);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  };
  await alone('vault', build, buildDeadlineMs);
}

/** Docker wants all that goes into an image in one folder. */
async function gather(): Promise<void> {
  for (const name of await readdir(recipe('vault'))) await copyFile(join(recipe('vault'), name), join(folder, name));
}

/**
 * The image of Vault that CanDIG uses, 1.13: the official one where it can be pulled, else one of its shape around a Vault
 * 1.13.1 built here, on this machine once.
 */
export async function ensureVault(say: Say = () => {}): Promise<string> {
  if (await exists(official)) return official;
  const image = `${namespace}/vault:${await digest(recipe('vault'), version)}`;
  if (await exists(image)) return image;
  if (await pull(official)) return official;
  await ensureProgram(say);
  const values = async () => {
    await gather();
    return { BASE: await base('trixie', say) };
  };
  return await buildImage(image, folder, values, say);
}
