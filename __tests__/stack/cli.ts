import { parseArgs } from 'node:util';
import { stackNames } from './folder.ts';
import { removeStack } from './remove.ts';
import { findStack, startStack, type TestStack } from './stack.ts';

const usage =
  'usage: npm run stack -- up [--postgres 15|17] [--rows N] [--donors N] [--users N] [--empty] [--no-vault] [--bind-addresses] | down [--all] | env  [--project NAME]';

function environment(stack: TestStack): string {
  const values = {
    HOST: stack.host,
    PORT: stack.port,
    USER: stack.user,
    PRIVATE_KEY_FILE: stack.privateKeyFile,
    KNOWN_HOSTS_FILE: stack.knownHostsFile,
    PROJECT: stack.project,
  };
  return Object.entries(values)
    .map(([name, value]) => `CANDIG_BACKUP_${name}=${value}\n`)
    .join('');
}

function toCount(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9][0-9]{0,9}$/.test(text)) throw new Error(`--${flag} wants a whole number, not ${JSON.stringify(text)}`);
  return Number(text);
}

async function main(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    allowNegative: true,
    options: {
      project: { type: 'string', default: 'candigv2' },
      postgres: { type: 'string', default: '17' },
      rows: { type: 'string' },
      donors: { type: 'string' },
      users: { type: 'string' },
      vault: { type: 'boolean', default: true },
      'bind-addresses': { type: 'boolean', default: false },
      empty: { type: 'boolean', default: false },
      all: { type: 'boolean', default: false },
    },
  });
  const { project } = values;
  switch (positionals.join(' ')) {
    case 'up': {
      if (values.postgres !== '15' && values.postgres !== '17') throw new Error('--postgres is 15 or 17');
      const [rows, donors] = [toCount('rows', values.rows), toCount('donors', values.donors)];
      const users = toCount('users', values.users);
      if (await findStack(project)) throw new Error(`${project} is up already; take it down first`);
      const stack = await startStack({
        project,
        postgres: values.postgres === '15' ? 15 : 17,
        ...(rows === undefined ? {} : { rows }),
        ...(donors === undefined ? {} : { donors }),
        ...(users === undefined ? {} : { users }),
        vault: values.vault,
        bindAddresses: values['bind-addresses'],
        seed: !values.empty,
        say: (line) => console.error(line),
      });
      process.stdout.write(environment(stack));
      return;
    }
    case 'down': {
      // Runs that were killed leave stacks under names nobody remembers.
      for (const name of values.all ? await stackNames() : [project]) await removeStack(name);
      return;
    }
    case 'env': {
      const stack = await findStack(project);
      if (!stack) throw new Error(`there is no stack called ${project}`);
      process.stdout.write(environment(stack));
      return;
    }
    default:
      throw new Error(usage);
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(process.env.DEBUG ? error : (error as Error).message);
  process.exitCode = 1;
}
