import { createService, stackLabel } from './create.ts';
import type { StackFolder } from './folder.ts';
import { docker } from './run.ts';
import type { ServiceName } from './services.ts';
import { type State, writeState } from './state.ts';
import { setUpVault } from './vault-setup.ts';

async function replace(
  folder: StackFolder,
  state: State,
  names: readonly ServiceName[],
  between: () => Promise<void> = async () => {},
): Promise<void> {
  const { project, images, ports, containers } = state;
  await docker(['rm', '-f', '-v', ...names.map((name) => containers[name])]);
  await between();
  for (const name of names) containers[name] = await docker(createService({ project, folder, images, ports }, name));
  await writeState(folder, state);
}

/** `TestStack.recreate`. */
export async function recreate(folder: StackFolder, state: State, names: readonly ServiceName[]): Promise<void> {
  await replace(folder, state, names);
  await docker(['start', ...names.map((name) => state.containers[name])]);
}

/** `TestStack.rebuildVault`. */
export async function rebuildVault(folder: StackFolder, state: State): Promise<void> {
  const { project, ports, containers } = state;
  const volume = `${project}_vault-data`;
  await replace(folder, state, ['vault', 'vault-runner'], async () => {
    await docker(['volume', 'rm', volume]);
    await docker(['volume', 'create', '--label', stackLabel(project), volume]);
  });
  await setUpVault({ project, checkout: folder.checkout, containers, ports, size: undefined, bindAddresses: false });
  await docker(['restart', containers.opa, containers.query]);
  await docker(['restart', containers['opa-runner']]);
}
