import { rm } from 'node:fs/promises';
import { stackLabel } from './create.ts';
import { stackFolder } from './folder.ts';
import { releasePorts } from './ports.ts';
import { docker } from './run.ts';

const lines = (text: string) => text.split('\n').filter((line) => line !== '');

/** Removes the stack `project` with all its data, however far it got; no error if there is none. */
export async function removeStack(project: string): Promise<void> {
  const folder = stackFolder(project);
  const ours = ['--filter', `label=${stackLabel(project)}`];
  // Containers a test added to the compose project would hold the network.
  const composed = ['--filter', `label=com.docker.compose.project=${project}`];
  // And helpers of runs that were killed, which are no part of the project.
  const helpers = ['--filter', `label=candig-backup.project=${project}`];
  const containers = new Set([
    ...lines(await docker(['ps', '-aq', '--no-trunc', ...helpers])),
    ...lines(await docker(['ps', '-aq', '--no-trunc', ...ours])),
    ...lines(await docker(['ps', '-aq', '--no-trunc', ...composed])),
  ]);
  const image = containers.size === 0 ? undefined : await anyImage([...containers]);
  // fluentd last: Docker flushes a container's log before it lets go of it, and tries for ever while fluentd is down.
  const fluentd = new Set(
    lines(
      await docker(['ps', '-aq', '--no-trunc', ...composed, '--filter', 'label=com.docker.compose.service=fluentd']),
    ),
  );
  for (const some of [[...containers].filter((id) => !fluentd.has(id)), [...fluentd]]) {
    if (some.length > 0) await docker(['rm', '-f', '-v', ...some], { timeoutMs: 60_000 });
  }
  const networks = lines(await docker(['network', 'ls', '-q', ...ours]));
  if (networks.length > 0) await docker(['network', 'rm', ...networks]);
  const volumes = lines(await docker(['volume', 'ls', '-q', ...ours]));
  if (volumes.length > 0) await docker(['volume', 'rm', '-f', ...volumes]);
  await removeFolder(folder.path, image);
  await releasePorts(project);
}

async function anyImage(containers: readonly string[]): Promise<string> {
  return docker(['inspect', '--format', '{{.Image}}', containers[0] ?? '']);
}

async function removeFolder(path: string, image: string | undefined): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    // The services' files belong to their users; only root, or a container, may remove those.
    if (image === undefined) throw error;
    const remove = ['--entrypoint', 'rm', '-v', `${path}:/stack`, image, '-rf', '/stack/checkout'];
    await docker(['run', '--rm', '--network', 'none', '--user', '0', ...remove]);
    await rm(path, { recursive: true, force: true });
  }
}
