import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

/** The checkout. */
export const root = join(import.meta.dirname, '..');

// Dependencies that are CommonJS ask for these.
const banner = [
  "import { createRequire as makeRequire } from 'node:module';",
  "import { dirname as folderOf } from 'node:path';",
  'const require = makeRequire(import.meta.url);',
  'const __filename = import.meta.filename;',
  'const __dirname = folderOf(__filename);',
].join('\n');

/** Bundles the entry files, with all they need, into the folder `out`, which is emptied first. */
export async function bundle(out: string): Promise<void> {
  await rm(out, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: ['main', 'post', 'cli', 'index'].map((name) => `src/${name}.ts`),
    outdir: out,
    bundle: true,
    // What the entries share lies beside them once.
    splitting: true,
    chunkNames: 'shared-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // Native parts that ssh2 does without.
    external: ['cpu-features', '*.node'],
    banner: { js: banner },
    legalComments: 'none',
    logLevel: 'warning',
  });
}
