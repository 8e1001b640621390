import { BackupError } from '../../errors.ts';
import type { CallOptions } from '../../remote/remote.ts';
import { findService, runDocker, type Stack } from '../../stack/stack.ts';
import { type Helper, type LogsHost, newHelperName, runHelper, translateHelperError } from './helper.ts';

/** Where the logs are on the host. */
export interface LogFolder {
  readonly path: string;
  readonly foundBy: 'fluentd' | 'checkout';
}

/** What CanDIG calls it: since 2024-09-25, and in the operator's guide. */
const candidates = ['logs', 'logging'] as const;

/**
 * Finds the folder that fluentd writes to: what its container has at `/logging`, whatever it is called and whether or
 * not the container runs. Where that container is gone, in the checkout that other containers have their secrets from.
 * Throws `dump-failed` if there is no such folder or more than one that it could be.
 */
export async function findLogFolder(host: LogsHost, helper: Helper, options: CallOptions = {}): Promise<LogFolder> {
  const fluentd = findService(host.stack, 'fluentd');
  const mounted = fluentd?.mounts.find(({ destination }) => destination === '/logging')?.source;
  if (mounted !== undefined && mounted !== '') return { path: mounted, foundBy: 'fluentd' };
  const checkout = await findCheckout(host, options);
  return { path: `${checkout}/tmp/${await chooseFolder(host, helper, checkout, options)}`, foundBy: 'checkout' };
}

async function findCheckout(host: LogsHost, options: CallOptions): Promise<string> {
  const { stack, remote } = host;
  const found = new Set([...checkoutsBySecrets(stack), ...(await checkoutsByLabels(host, options))]);
  const [checkout] = found;
  if (checkout !== undefined && found.size === 1) return checkout;
  const why =
    found.size === 0 ? 'no container says where the checkout is' : `it could be one of ${found.size} checkouts`;
  throw new BackupError('dump-failed', `Find the logs of ${stack.project} on ${remote.name}: ${why}`, {
    hint: 'The container of fluentd is gone; create it again (it need not run), so that it tells where its folder is',
  });
}

/** `/run/secrets/vault-approle-token` comes from `<checkout>/tmp/vault/approle-token`, and others in the same way. */
function checkoutsBySecrets({ containers }: Stack): string[] {
  const secrets = containers
    .flatMap(({ mounts }) => mounts)
    .filter(({ destination }) => destination.startsWith('/run/secrets/'));
  return secrets.flatMap(({ source }) => /^(\/.+)\/tmp\/[^/]+\/[^/]+$/.exec(source)?.[1] ?? []);
}

/** Compose's working folder is that of its first file, `<checkout>/lib/candigv2`. */
async function checkoutsByLabels({ remote, stack }: LogsHost, options: CallOptions): Promise<string[]> {
  const format = '{{index .Config.Labels "com.docker.compose.project.working_dir"}}';
  const inspect = ['inspect', '--type', 'container', '--format', format, ...stack.containers.map(({ id }) => id)];
  const folders = (await runDocker(remote, 'Look for the checkout', inspect, options)).split('\n');
  return folders.flatMap((folder) => /^(\/.+)\/lib\/candigv2$/.exec(folder)?.[1] ?? []);
}

/** Says of each of two names whether it is a folder that holds something, is empty, or is not there. */
const look = [
  'cd /from || exit 1',
  'for each in "$@"; do',
  '  if [ -L "$each" ] || [ ! -d "$each" ]; then echo missing',
  '  elif [ -n "$(find "$each" -mindepth 1 | head -n 1)" ]; then echo full',
  '  else echo empty; fi',
  'done',
].join('\n');

async function chooseFolder(
  host: LogsHost,
  { image }: Helper,
  checkout: string,
  options: CallOptions,
): Promise<(typeof candidates)[number]> {
  const mounts = { '/from': `${checkout}/tmp` };
  const what = `Find the logs of ${host.stack.project}`;
  const run = { image, name: newHelperName(), mounts, script: look, args: candidates };
  const said = await runHelper(host, run, options).catch((error: unknown) => {
    throw translateHelperError(error, what, host.remote.name);
  });
  const states = said.split('\n');
  const of = (...wanted: string[]) => candidates.filter((_, at) => wanted.includes(states[at] ?? ''));
  // An empty one beside one with logs in it is what a rename has left.
  const [folder, other] = of('full').length > 0 ? of('full') : of('empty');
  if (folder !== undefined && other === undefined) return folder;
  const both = candidates.map((name) => `tmp/${name}`);
  const why = folder === undefined ? `there is neither ${both.join(' nor ')}` : `there are both ${both.join(' and ')}`;
  throw new BackupError('dump-failed', `${what} in the checkout on ${host.remote.name}: ${why}`, {
    hint: 'The container of fluentd is gone; create it again (it need not run), so that it tells where its folder is',
  });
}
