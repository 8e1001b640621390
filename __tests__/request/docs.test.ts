import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { actionYml } from '../../scripts/action-yml.ts';
import { root } from '../../scripts/bundle.ts';
import { withInputsTable } from '../../scripts/inputs-table.ts';
import { outputs } from '../../src/action/outputs.ts';
import { flagsOf } from '../../src/cli/flags.ts';
import { inputsOf } from '../../src/request/inputs.ts';
import { isOperation, operations } from '../../src/request/operations.ts';
import { version } from '../../src/version.ts';

const read = async (name: string) => await readFile(join(root, name), 'utf8');

test('action.yml is what the list of inputs makes it', async () => {
  expect(await read('action.yml')).toBe(actionYml());
});

test('the table in the README is what the list of inputs makes it', async () => {
  const readme = await read('README.md');
  expect(withInputsTable(readme)).toBe(readme);
});

test('the README tells of every operation, in the order of the list, and which are for the terminal', async () => {
  const [, table = ''] = (await read('README.md')).split(/\n## (?:Operations|Inputs)\n/);
  const rows = [...table.matchAll(/^\| `([\w-]+)` \| (command line only: )?/gm)];
  expect(rows.map(([, name, mark]) => ({ name, face: mark === undefined ? 'both' : 'terminal' }))).toEqual(
    operations.map(({ name, face }) => ({ name, face })),
  );
});

test('the README names every output', async () => {
  const [, line = ''] = /Outputs: ([^.]+)\./.exec(await read('README.md')) ?? [];
  expect([...line.matchAll(/`([\w-]+)`/g)].map(([, name]) => name)).toEqual(outputs.map(({ name }) => name));
});

test('every input that the README gives to an example is one that the operation reads', async () => {
  const readme = await read('README.md');
  const commands = [...readme.matchAll(/^\$cli ([a-z-]+)(.*)$/gm)];
  expect(commands.length).toBeGreaterThan(6);
  for (const [command, name = '', rest = ''] of commands) {
    const given = [...rest.replace(/#.*/, '').matchAll(/--([a-z-]+)/g)].map(([, flag]) => flag);
    const known = isOperation(name) ? flagsOf(name).map(({ flag }) => flag) : [];
    expect(
      given.filter((flag) => flag === undefined || !known.includes(flag)),
      command,
    ).toEqual([]);
  }
  const [, workflow = ''] = /operation: backup\n([\s\S]*?)```/.exec(readme) ?? [];
  const inputs = [...workflow.matchAll(/^ +([a-z-]+): /gm)].map(([, name]) => name);
  expect(inputs).toContain('vault-keys-recipients');
  expect(inputs.filter((name) => !inputsOf('backup').some((input) => input.name === name))).toEqual([]);
});

test('the version the tool tells is that of the package', async () => {
  expect(JSON.parse(await read('package.json')).version).toBe(version);
});
