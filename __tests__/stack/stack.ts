import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createHost, createService, type Ports, type StackPlan, stackLabel, volumeNames } from './create.ts';
import { ensureDocker } from './daemon.ts';
import { type StackFolder, stackFolder } from './folder.ts';
import { ensureImages, type Images, type PostgresMajor } from './images.ts';
import { writeCheckout, writeKeys } from './keys.ts';
import { reservePorts } from './ports.ts';
import { rebuildVault, recreate } from './rebuild.ts';
import { removeStack } from './remove.ts';
import { docker } from './run.ts';
import { seed } from './seed.ts';
import { type ContainerName, type ServiceName, serviceNames, vaultServiceNames } from './services.ts';
import { startServices } from './start.ts';
import { readState, type State, writeState } from './state.ts';
import { askVault, type VaultAnswer, type VaultMethod } from './vault-api.ts';
import { ensureVault } from './vault-image.ts';
import { readVaultKeys, type VaultKeys } from './vault-keys.ts';
import type { RoleInVault } from './vault-policies.ts';
import { bindRoles } from './vault-roles.ts';
import { setUpVault, type VaultSetup } from './vault-setup.ts';

export interface StackOptions {
  /** Compose project name. Default: a random one, so that stacks live side by side. */
  readonly project?: string;
  /** Default 17. */
  readonly postgres?: PostgresMajor;
  /** Variant rows in `genomic`, about 250 bytes each. Default 20,000. */
  readonly rows?: number;
  /** Donors in `clinical`, about 8 kB each. Default one for 200 variant rows, at least 100. */
  readonly donors?: number;
  /** False: an empty site, as it is after its first build. Default true. */
  readonly seed?: boolean;
  /** True: with Vault and the services that live by it. Default false. */
  readonly vault?: boolean;
  /** Users with permissions in Vault. Default 30. */
  readonly users?: number;
  /** True: roles in Vault are bound to their containers' addresses, as with CANDIG_DEBUG_MODE=0. Default false. */
  readonly bindAddresses?: boolean;
  readonly say?: (line: string) => void;
}

/** A throw-away CanDIG site and its host, reached over SSH on loopback. Disposing of it removes it with all its data. */
export interface TestStack extends AsyncDisposable {
  readonly project: string;
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly user: 'deploy';
  readonly privateKey: string;
  readonly privateKeyFile: string;
  readonly knownHosts: string;
  readonly knownHostsFile: string;
  /** The site's checkout, at the same path on the host and outside. */
  readonly checkout: string;
  /** Full container ids. Only a stack with a Vault has those of Vault's services. */
  readonly containers: Readonly<Record<ContainerName, string>>;
  /** Host ports on 127.0.0.1; the same after a container's restart. */
  readonly ports: Ports;
  readonly images: Images;
  readonly katsuUrl: string;
  readonly htsgetUrl: string;
  readonly vaultUrl: string;
  /** `keys.txt` in the checkout, as it is now. */
  vaultKeys(): Promise<VaultKeys>;
  /** Asks Vault with the root token in `keys.txt`; `path` is what comes after `/v1/`. */
  vault(method: VaultMethod, path: string, body?: unknown): Promise<VaultAnswer>;
  /** The HTTP status that a login as a service comes to, from inside the container that has its role id and token. */
  vaultLogin(role: RoleInVault): Promise<number>;
  /**
   * Makes containers anew and starts them, as compose does with ones that were removed: what was in their own layer is
   * gone, a role id for one; volumes stay. `containers` has the new ids.
   */
  recreate(...names: ServiceName[]): Promise<void>;
  /**
   * Vault lost and built again: its volume gone, a new one with other keys and role ids, and in its stores only what a site
   * has from its build. Services know their new role ids.
   */
  rebuildVault(): Promise<void>;
  /** Runs SQL as admin; gives unaligned rows, columns parted by `|`, without the final line break. */
  psql(database: string, sql: string): Promise<string>;
  /** Runs a docker command outside the host; gives its standard output. */
  docker(...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

async function openStack(folder: StackFolder, state: State): Promise<TestStack> {
  const stop = () => removeStack(state.project);
  const vaultUrl = `http://127.0.0.1:${state.ports.vault}`;
  const vaultKeys = () => readVaultKeys(join(folder.checkout, 'tmp/vault/keys.txt'));
  return {
    ...state,
    host: '127.0.0.1',
    port: state.ports.sshd,
    user: 'deploy',
    privateKey: await readFile(folder.privateKeyFile, 'utf8'),
    privateKeyFile: folder.privateKeyFile,
    knownHosts: await readFile(folder.knownHostsFile, 'utf8'),
    knownHostsFile: folder.knownHostsFile,
    checkout: folder.checkout,
    katsuUrl: `http://127.0.0.1:${state.ports.katsu}`,
    htsgetUrl: `http://127.0.0.1:${state.ports.htsget}`,
    vaultUrl,
    vaultKeys,
    vault: async (method, path, body) =>
      await askVault(vaultUrl, method, path, { token: (await vaultKeys()).root, body }),
    vaultLogin: async (role) => {
      const container = state.containers[role === 'opa' ? 'opa-runner' : role];
      return Number(await docker(['exec', container, 'python3', '/opt/candig/vault.py']));
    },
    recreate: async (...names) => await recreate(folder, state, names),
    rebuildVault: async () => await rebuildVault(folder, state),
    psql: (database, sql) => {
      const psql = ['psql', '-X', '-q', '-A', '-t', '-U', 'admin', '-d', database, '-v', 'ON_ERROR_STOP=1', '-f', '-'];
      return docker(['exec', '-i', state.containers['postgres-db'], ...psql], { input: sql });
    },
    docker: (...args) => docker(args),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** The stack called `project` if an earlier `startStack`, of this process or another, made one. */
export async function findStack(project: string): Promise<TestStack | undefined> {
  const folder = stackFolder(project);
  const state = await readState(folder);
  return state === undefined ? undefined : openStack(folder, state);
}

async function createContainers(plan: StackPlan, names: readonly ContainerName[]): Promise<State['containers']> {
  const { project } = plan;
  const label = ['--label', stackLabel(project)];
  await docker(['network', 'create', ...label, `${project}_default`]);
  const services = names.filter((name) => name !== 'sshd');
  for (const volume of volumeNames(project, services)) await docker(['volume', 'create', ...label, volume]);
  // All have ended before the first failure is told: what is made after the clearing up would stay.
  const made = await Promise.allSettled(
    names.map((name) => docker(name === 'sshd' ? createHost(plan) : createService(plan, name))),
  );
  const ids = made.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
  return Object.fromEntries(names.map((name, index) => [name, ids[index]])) as Record<ContainerName, string>;
}

/** The programs that `seed` gives to this many donors. */
const programsOf = (donors: number) =>
  ['MoHQ-CM-2', 'TFRI-BREAST', 'POG-LUNG', 'PRISM-ÉTÉ', 'MoHQ-CM-1'].slice(0, donors);

/**
 * Brings up a CanDIG site with all its services well, in place of one of the same name. Installs and builds what is
 * missing (`ensureDocker`, `ensureImages`, `ensureVault`); what was begun is removed again if it fails.
 */
export async function startStack(options: StackOptions = {}): Promise<TestStack> {
  const { project = `cb${randomBytes(4).toString('hex')}`, postgres = 17, rows = 20_000, say = () => {} } = options;
  const { vault = false, users = 30, bindAddresses = false } = options;
  const donors = options.donors ?? Math.max(100, Math.round(rows / 200));
  const folder = stackFolder(project);
  await ensureDocker(say);
  const own = await ensureImages(postgres, say);
  const images = vault ? { ...own, vault: await ensureVault(say) } : own;
  await removeStack(project);
  try {
    await mkdir(folder.path, { recursive: true, mode: 0o700 });
    const names = [...serviceNames, ...(vault ? vaultServiceNames : []), 'sshd'] as const;
    const numbers = await reservePorts(names.length, project);
    const ports = Object.fromEntries(names.map((name, index) => [name, numbers[index]])) as Record<
      ContainerName,
      number
    >;
    await writeKeys(folder, ports.sshd);
    await writeCheckout(folder);
    const containers = await createContainers({ project, folder, images, ports }, names);
    const state: State = { project, ports, images, containers };
    say('Starting the services');
    const size = options.seed === false ? undefined : { users, programs: programsOf(donors) };
    const setup: VaultSetup = { project, checkout: folder.checkout, containers, ports, size, bindAddresses };
    await startServices(state, {
      databases: async () => {
        if (options.seed === false) return;
        say(`Making ${donors} donors and ${rows} variants`);
        await seed(containers['postgres-db'], { rows, donors });
      },
      vault: vault ? () => setUpVault(setup) : undefined,
    });
    if (vault && bindAddresses) await bindRoles(setup);
    // Last, so that a stack that can be found is a whole one.
    await writeState(folder, state);
    return await openStack(folder, state);
  } catch (error) {
    await removeStack(project);
    throw error;
  }
}
