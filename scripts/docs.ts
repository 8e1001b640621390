import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { actionYml } from './action-yml.ts';
import { root } from './bundle.ts';
import { withInputsTable } from './inputs-table.ts';

const readme = join(root, 'README.md');
await writeFile(join(root, 'action.yml'), actionYml());
await writeFile(readme, withInputsTable(await readFile(readme, 'utf8')));
