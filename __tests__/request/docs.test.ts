import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { actionYml } from '../../scripts/action-yml.ts';
import { root } from '../../scripts/bundle.ts';
import { withInputsTable } from '../../scripts/inputs-table.ts';
import { version } from '../../src/version.ts';

const read = async (name: string) => await readFile(join(root, name), 'utf8');

test('action.yml is what the list of inputs makes it', async () => {
  expect(await read('action.yml')).toBe(actionYml());
});

test('the table in the README is what the list of inputs makes it', async () => {
  const readme = await read('README.md');
  expect(withInputsTable(readme)).toBe(readme);
});

test('the version the tool tells is that of the package', async () => {
  expect(JSON.parse(await read('package.json')).version).toBe(version);
});
