import { BackupError } from '../../errors.ts';
import { CommandError, type Remote } from '../../remote/remote.ts';
import type { Container } from '../../stack/container.ts';
import type { Runner } from '../../stack/lock.ts';
import { runDocker, type Stack } from '../../stack/stack.ts';
import { tailOf } from '../run-tail.ts';
import { bindMount, type Helper, type HelperOptions, helperCommand, runInHelper, volumeMount } from './helper.ts';
import { checkoutFolderOf } from './living.ts';
import type { StagedVault, VaultToStage } from './stage.ts';
import { parseMarkers, type VolumeMarker } from './volume-marker.ts';
import * as scripts from './volume-scripts.ts';

/** A site whose Vault is to be replaced as a whole. */
export interface WholeSite {
  /** What only reads, and streams. */
  readonly remote: Remote;
  /** Where commands that change the host run. */
  readonly host: Runner;
  readonly stack: Stack;
  /** Vault's container, in whatever state. */
  readonly vault: Container;
}

/** What CanDIG's set-up writes there. */
const standardConfiguration = {
  storage: { file: { path: '/vault/data' } },
  listener: { tcp: { address: '0.0.0.0:8200', tls_disable: 1 } },
  ui: true,
};
const copyWithinMs = 600_000;

function helperOf(
  { stack, vault }: Pick<WholeSite, 'stack' | 'vault'>,
  access: 'ro' | 'rw',
  more: string[] = [],
): Helper {
  const folder = checkoutFolderOf(stack);
  const mounts = [...(folder === undefined ? [] : [bindMount(folder, '/checkout', access)]), ...more];
  return { image: vault.image, project: stack.project, volumesFrom: vault.id, access, mounts };
}

async function change(site: WholeSite, what: string, script: string, options: HelperOptions): Promise<string> {
  return await runInHelper(site.host, what, helperOf(site, 'rw'), script, options);
}

/** Copies the staged Vault's files, which are at rest, and its keys beside what lives. Gives what was copied. */
export async function copyBeside(
  site: WholeSite,
  run: string,
  staged: Pick<StagedVault, 'volume' | 'owner'>,
  keysText: string,
  signal: AbortSignal,
): Promise<Pick<VolumeMarker, 'files' | 'madeConfiguration'>> {
  const helper = helperOf(site, 'rw', [volumeMount(staged.volume, '/staged')]);
  const configuration = await configurationOf(site);
  const args = [tailOf(run), staged.owner, configuration, JSON.stringify(standardConfiguration)];
  const options = { args, input: keysText, timeoutMs: copyWithinMs, signal };
  const what = 'Copy the staged Vault beside the living';
  const printed = await runInHelper(site.host, what, helper, scripts.prepareScript, options).catch((error: unknown) => {
    if (!(error instanceof CommandError)) throw error;
    if (error.exit.status !== scripts.noSpace) {
      throw new BackupError('stage-failed', 'The staged Vault cannot be copied beside the living', { cause: error });
    }
    throw new BackupError('disk-full', "There is not enough space in Vault's volume for a second copy", {
      hint: 'Forget previous copies, or make space where Docker keeps its volumes',
      cause: error,
    });
  });
  const [files, made] = printed.trim().split('\n');
  return { files: Number(files), madeConfiguration: made === 'made' ? configuration : null };
}

/** The file that Vault's command names, if it is in the volume. */
async function configurationOf({ remote, vault }: WholeSite): Promise<string> {
  const format = '{{range .Config.Cmd}}{{println .}}{{end}}';
  const words = (await runDocker(remote, 'Inspect Vault', ['inspect', '--format', format, vault.id])).split('\n');
  const [named = ''] = words.flatMap((word) => (word.startsWith('-config=') ? [word.slice('-config='.length)] : []));
  return /^\/vault\/[\w./-]+\.(json|hcl)$/.test(named) ? named : '/vault/config/vault-config.json';
}

export async function writeVolumeMarker(site: WholeSite, marker: VolumeMarker): Promise<void> {
  const options = { args: [tailOf(marker.run)], input: JSON.stringify(marker) };
  await change(site, "Write down what is done to Vault's volume", scripts.markScript, options);
}

/** The markers in Vault's volume, newest first. */
export async function readVolumeMarkers({ remote, stack, vault }: Omit<WholeSite, 'host'>): Promise<VolumeMarker[]> {
  const helper = helperOf({ stack, vault }, 'ro');
  const markers = parseMarkers(await runInHelper(remote, "Look at Vault's volume", helper, scripts.markersScript));
  return markers.sort((a, b) => (a.at < b.at ? 1 : -1));
}

/** The copy takes the place of what lives; Vault is stopped. */
export async function placeCopy(site: WholeSite, run: string): Promise<void> {
  await change(site, "Put Vault's folder in place", scripts.swapScript, { args: [tailOf(run)] });
}

/** What lived takes its place again; Vault is stopped. */
export async function placeBack(site: WholeSite, run: string): Promise<void> {
  await change(site, "Put Vault's folder back", scripts.backScript, { args: [tailOf(run)] });
}

export async function isPlaced({ remote, stack, vault }: WholeSite, run: string): Promise<boolean> {
  const options = { args: [tailOf(run)] };
  const helper = helperOf({ stack, vault }, 'ro');
  return (
    (await runInHelper(remote, "Look at Vault's volume", helper, scripts.stateScript, options)).trim() === 'swapped'
  );
}

/** Removes a copy that is not in use; fails if it is. */
export async function removeCopy(site: WholeSite, run: string, madeConfiguration: string | null): Promise<void> {
  const options = { args: [tailOf(run), madeConfiguration ?? ''], timeoutMs: copyWithinMs };
  await change(site, 'Remove the copy of Vault', scripts.discardScript, options);
}

/** Removes for good what a run kept. */
export async function removeKept(site: WholeSite, run: string): Promise<void> {
  await change(site, 'Remove the previous Vault', scripts.forgetScript, {
    args: [tailOf(run)],
    timeoutMs: copyWithinMs,
  });
}

/** Removes copies that were never whole. For whoever holds the host's lock, with nothing staged. */
export async function sweepVolume(site: WholeSite): Promise<void> {
  await change(site, "Tidy Vault's volume", scripts.sweepScript, { timeoutMs: copyWithinMs });
}

/** What a run kept, as a backup to restore: its keys as they were, and its folder. */
export async function readKept(
  { remote, stack, vault }: Omit<WholeSite, 'host'>,
  run: string,
): Promise<{ readonly keysText: string } & Pick<VaultToStage, 'sizeBytes' | 'open'>> {
  const helper = helperOf({ stack, vault }, 'ro');
  const of = (what: string): string[] => [tailOf(run), what];
  const read = async (what: string): Promise<string> =>
    await runInHelper(remote, 'Read the previous Vault', helper, scripts.keptScript, { args: of(what) });
  return {
    keysText: await read('keys'),
    sizeBytes: Number(await read('size')) * 1024,
    open: async () => remote.read(helperCommand(helper, scripts.keptScript, of('data'))),
  };
}
