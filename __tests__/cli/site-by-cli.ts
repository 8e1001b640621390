import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startStack, type TestStack } from '../stack/stack.ts';
import { type BuiltCli, buildCli, type Variables } from './built-cli.ts';

/** A throw-away site, and the command line with all that is needed to work on it. */
export interface SiteByCli extends AsyncDisposable {
  readonly stack: TestStack;
  readonly cli: BuiltCli;
  /** Site, store and keys; and how to reach the host over SSH. */
  readonly overSsh: Variables;
  /** The same for somebody who is on the host. */
  readonly onHost: Variables;
  /** Where the secret keys lie. */
  readonly keyFiles: readonly string[];
  donors(): Promise<string>;
}

export async function openSiteByCli(postgres: 15 | 17): Promise<SiteByCli> {
  await using opened = new AsyncDisposableStack();
  const cli = opened.use(await buildCli());
  const stack = opened.use(await startStack({ postgres, rows: 2_000 }));
  const store = join(cli.folder, 'store');
  await mkdir(store);
  const keyFiles = ['first.key', 'second.key', 'signing.key'].map((name) => join(cli.folder, name));
  const [first = '', second = '', signing = ''] = keyFiles;
  const make = async (kind: string, file: string) =>
    (await cli.run(['keygen', '--kind', kind, '--output', file], {})).stdout;
  const onHost = {
    CANDIG_BACKUP_SITE: 'demo',
    CANDIG_BACKUP_INCLUDE: 'databases',
    CANDIG_BACKUP_STORES: `directory:${store}`,
    CANDIG_BACKUP_RECIPIENTS: `${await make('x25519', first)}${await make('x25519', second)}`,
    CANDIG_BACKUP_PUBLIC_KEY: await make('signing', signing),
    CANDIG_BACKUP_SIGNING_KEY_FILE: signing,
    CANDIG_BACKUP_IDENTITY_FILE: first,
    CANDIG_BACKUP_PROJECT: stack.project,
  };
  const overSsh = {
    ...onHost,
    CANDIG_BACKUP_HOST: stack.host,
    CANDIG_BACKUP_PORT: String(stack.port),
    CANDIG_BACKUP_USER: stack.user,
    CANDIG_BACKUP_PRIVATE_KEY_FILE: stack.privateKeyFile,
    CANDIG_BACKUP_KNOWN_HOSTS_FILE: stack.knownHostsFile,
  };
  const held = opened.move();
  return {
    stack,
    cli,
    overSsh,
    onHost,
    keyFiles,
    donors: async () => await stack.psql('clinical', 'SELECT count(*) FROM donor'),
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}
