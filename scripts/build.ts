import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundle, root } from './bundle.ts';

const out = join(root, 'dist');
await bundle(out);
execFileSync('tsc', ['-p', join(root, 'scripts', 'tsconfig.types.json'), '--outDir', join(out, 'types')], {
  stdio: 'inherit',
});
await writeFile(join(out, 'index.d.ts'), "export * from './types/index.ts';\n");
