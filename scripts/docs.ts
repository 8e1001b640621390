import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { actionYml } from './action-yml.ts';
import { root } from './bundle.ts';
import { withInputsTable } from './inputs-table.ts';

// Writes what follows from the list of inputs; with --check it only says what is not up to date.
const isCheck = process.argv.includes('--check');

async function bringUpToDate(name: string, make: (now: string) => string): Promise<void> {
  const path = join(root, name);
  const now = await readFile(path, 'utf8');
  const wanted = make(now);
  if (now === wanted) return;
  if (!isCheck) return await writeFile(path, wanted);
  console.error(`${name} is not what the list of inputs makes it: run npm run docs`);
  process.exitCode = 1;
}

await bringUpToDate('action.yml', actionYml);
await bringUpToDate('README.md', withInputsTable);
