import type { CallOptions } from '../../remote/remote.ts';
import { findService } from '../../stack/stack.ts';
import type { Part } from '../source.ts';
import { containerLogPart } from './container-part.ts';
import { findLogFolder } from './folder.ts';
import { logFolderPart } from './folder-part.ts';
import { chooseHelper, type LogsHost } from './helper.ts';

/** Those that do not log through fluentd, and fluentd itself: their output is with Docker, and lost at a rebuild. */
const unlogged = ['vault', 'vault-runner', 'redis', 'fluentd'] as const;

/**
 * The logs of a site as parts of a backup: the folder of fluentd with Vault's audit log, and what Docker has kept of
 * each service that does not log there. No container needs to run. Nothing else of the checkout is ever read, nor of
 * Vault's volume: keys lie in both.
 */
export async function logsParts(host: LogsHost, options: CallOptions = {}): Promise<Part[]> {
  const { stack } = host;
  const helper = await chooseHelper(host, options);
  const folder = await findLogFolder(host, helper, options);
  const vaultVolume = ['vault', 'vault-runner']
    .flatMap((service) => findService(stack, service)?.mounts ?? [])
    .find(({ destination }) => destination === '/vault')?.source;
  const kept = unlogged.flatMap((service) => {
    const container = findService(stack, service);
    return container === undefined || container.logDriver === 'none' ? [] : [{ service, container }];
  });
  return [
    logFolderPart(host, helper, folder, vaultVolume),
    ...kept.map(({ service, container }) => containerLogPart(host, helper, service, container)),
  ];
}
