import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { parseCommandLine } from '../../src/cli/command-line.ts';
import { main } from '../../src/cli/main.ts';
import { everyInput } from '../../src/request/inputs.ts';
import { operations } from '../../src/request/operations.ts';
import { toBech32 } from '../../src/seal/bech32.ts';
import { generateIdentity } from '../../src/seal/identities.ts';
import { hostileNames } from '../request/hostile-names.ts';
import { samples } from '../request/samples.ts';

/** What the command line does with `words`, in this process. */
async function run(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const said = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof said) =>
    new Writable({
      write(chunk, _encoding, done) {
        said[name] += String(chunk);
        done();
      },
    });
  const code = await main({ words, environment, stdout: sink('stdout'), stderr: sink('stderr') });
  return { code, ...said };
}

describe('the flags', () => {
  test('of every operation are its inputs, a secret only as a file', () => {
    for (const { name } of operations) {
      const help = parseCommandLine([name, '--help']);
      if (!('text' in help)) throw new Error('no help');
      const flags = [...help.text.matchAll(/^ {2}--([a-z-]+)/gm)].map(([, flag]) => flag);
      const inputs = everyInput.filter((input) => input.operations.includes(name));
      for (const input of inputs) {
        expect(flags).toContain(input.secret ? `${input.name}-file` : input.name);
        if (input.secret) expect(flags).not.toContain(input.name);
      }
      expect(flags.filter((flag) => flag?.endsWith('-file') === false).length).toBe(
        inputs.filter(({ secret }) => !secret).length + 2,
      );
    }
  });

  test('of a list are repeated, and come to one entry a line', () => {
    const asked = parseCommandLine(['backup', '--databases', 'clinical', '--databases', 'genomic']);
    expect('flags' in asked && asked.flags.get('databases')).toEqual({ value: 'clinical\ngenomic' });
  });

  test.each([
    [['backup', '--sit', 'x'], 'There is no flag --sit here; did you mean --site'],
    [['backup', '--identity-file', 'x'], 'There is no flag --identity-file here'],
    [['backup', '--site'], 'The flag --site has no value'],
    [['backup', '--site', ''], 'The flag --site has an empty value'],
    [['backup', '--site', 'a', '--site', 'b'], 'The flag --site is given twice'],
    [['backup', 'clinical'], 'There are words on the command line that belong to no flag'],
    [['bakup'], 'There is no operation "bakup"; did you mean backup'],
    [['--json'], 'There is no flag --json here'],
    [['list', '--site', 'a', '--known-hosts', 'x'], 'There is no flag --known-hosts here'],
  ])('%j is refused by name', async (words, message) => {
    const { code, stdout, stderr } = await run(words);
    expect(stderr).toContain(`error: ${message}`);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test.each(everyInput.filter(({ secret }) => secret).map(({ name }) => name))(
    'a secret is no flag, and is not repeated when it is given as one: %s',
    async (name) => {
      for (const words of [
        ['backup', `--${name}`, 'CANARY'],
        ['backup', `--${name}=CANARY`],
        ['backup', '--site', 'x', `--${name}=CANARY`],
      ]) {
        const { code, stderr } = await run(words);
        expect(code).toBe(2);
        expect(stderr).toContain(`--${name}-file PATH`);
        expect(stderr).not.toContain('CANARY');
      }
    },
  );

  test('a value after a flag that there is not is not repeated', async () => {
    expect((await run(['backup', '--privatekey=CANARY'])).stderr).not.toContain('CANARY');
    expect((await run(['backup', '--privatekey', 'CANARY'])).stderr).not.toContain('CANARY');
  });
});

describe('the environment', () => {
  const { site, stores } = samples.list;

  test('gives every input, and a flag wins over it', async () => {
    const { stderr } = await run(['list', '--site', 'not a site'], {
      CANDIG_BACKUP_SITE: site,
      CANDIG_BACKUP_STORES: stores,
    });
    expect(stderr).toContain('Input site: not a name of a site: "not a site"');
  });

  test('of other operations is left alone', async () => {
    const { stderr } = await run(['list'], {
      CANDIG_BACKUP_SITE: site,
      CANDIG_BACKUP_STORES: 'directory:/nowhere/at/all',
      CANDIG_BACKUP_CONFIRM: 'x',
      CANDIG_BACKUP_HOST: 'x',
    });
    expect(stderr).toContain('the folder /nowhere/at/all is not there');
  });

  test('with a slip in a name is refused, with the nearest one', async () => {
    const { code, stderr } = await run(['list'], { CANDIG_BACKUP_STORE: stores });
    expect(stderr).toContain('"CANDIG_BACKUP_STORE"; did you mean CANDIG_BACKUP_STORES');
    expect(code).toBe(2);
  });

  test('with a value and a file for one input is refused', async () => {
    const { stderr } = await run(['verify'], { CANDIG_BACKUP_IDENTITY: 'CANARY', CANDIG_BACKUP_IDENTITY_FILE: '/x' });
    expect(stderr).toContain('Both CANDIG_BACKUP_IDENTITY and CANDIG_BACKUP_IDENTITY_FILE are given');
    expect(stderr).not.toContain('CANARY');
  });

  test.each(['/no/such/file', '/', '/dev/zero'])('with a file that cannot be read is refused: %s', async (path) => {
    const { code, stderr } = await run(['verify'], { CANDIG_BACKUP_IDENTITY_FILE: path });
    expect(stderr).toMatch(/^error: The file of CANDIG_BACKUP_IDENTITY_FILE (cannot be read|is larger than 1 MiB)/);
    expect(code).toBe(2);
  });
});

describe('a recipient', () => {
  const good = generateIdentity('x25519');
  const hybrid = generateIdentity('hybrid');
  const table: readonly (readonly [string, readonly string[]])[] = [
    ['cut', [good.recipient.slice(0, -1)]],
    ['mistyped', [good.recipient.replace(/.$/, (last) => (last === 'q' ? 'p' : 'q'))]],
    ['of another length', [toBech32('age', new Uint8Array(31).fill(9))]],
    ['a point of low order', [toBech32('age', new Uint8Array(32))]],
    ['a secret key', [good.identity]],
    ['a secret key in small letters', [good.identity.toLowerCase()]],
    ['an SSH key', ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI']],
    ['a passphrase', ['correct horse battery staple']],
    ['only a comment', ['# none']],
    ['given twice', [good.recipient, good.recipient]],
    ['of another kind than the first', [good.recipient, hybrid.recipient]],
    ['one of seventeen', Array.from({ length: 17 }, () => generateIdentity('x25519').recipient)],
  ];

  test.each(table)(
    'that is %s is refused before anything is contacted, and no secret is repeated',
    async (_what, given) => {
      const file = join(tmpdir(), `candig-signing-${randomUUID()}`);
      await writeFile(file, samples.backup['signing-key'], { mode: 0o600 });
      const flags = given.flatMap((recipient) => ['--recipients', recipient]);
      const needed = ['--site', 'demo', '--stores', 'directory:/srv/backups', '--signing-key-file', file];
      const { code, stderr } = await run(['backup', ...needed, ...flags]);
      await rm(file);
      expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('error: Input recipients: ') });
      expect(stderr.toUpperCase()).not.toContain(good.identity);
      expect(stderr).not.toContain('horse');
    },
  );
});

test('no hostile name of a project or a database makes anything connect', async () => {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.9', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? String(address.port) : '';
  const { host: _, ...rest } = samples.backup;
  const given = { ...rest, host: '127.0.0.9', port };
  const environment = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [`CANDIG_BACKUP_${name.toUpperCase().replaceAll('-', '_')}`, value]),
  );
  const names = hostileNames.filter((name) => name.trim() !== '' && !name.includes('\0'));
  for (const flag of ['--project', '--databases']) {
    for (const name of names) {
      // `--databases` takes one entry a line, and both of these are good ones.
      if (flag === '--databases' && /^x\r?\ny$/.test(name)) continue;
      const { code, stderr } = await run(['backup', `${flag}=${name}`], environment);
      expect({ name, code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('error: Input ') });
    }
  }
  await new Promise((resolve) => server.close(resolve));
  expect(connections).toBe(0);
});
