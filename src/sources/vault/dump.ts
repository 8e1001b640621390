import { Readable } from 'node:stream';
import * as z from 'zod';
import { BackupError } from '../../errors.ts';
import { type Command, CommandError } from '../../remote/remote.ts';
import type { Container } from '../../stack/container.ts';
import { translateDockerError } from '../../stack/docker.ts';
import { ownLabels } from '../../stack/own-containers.ts';
import { findService } from '../../stack/stack.ts';
import type { Dump, Gap, Part } from '../source.ts';
import { bindMount } from './helper.ts';
import { checkoutFolderOf, keysFile } from './living.ts';
import { isVaultSealed } from './sealed.ts';
import { readSpool, removeSpool, spoolVault } from './spool.ts';
import type { VaultSite } from './vault-site.ts';

/** Vault's storage, a tar of `data/`; sealed by Vault's own barrier. */
export const vaultPartName = 'vault.tar';
/** What opens it: a tar of `keys.txt` and `service_stores.txt`. */
export const vaultKeysPartName = 'vault-keys.tar';

const storageEvidence = z.object({
  kind: z.literal('storage'),
  image: z.string(),
  /** As Docker calls it. One that did not run was copied as it lay. */
  state: z.string(),
  /** Whether it was sealed; null if it could not be asked. */
  sealed: z.boolean().nullable(),
  frozenMs: z.number().nullable(),
  sizeBytes: z.number(),
  files: z.number(),
  emptyFiles: z.number(),
  temporaryFiles: z.number(),
});

const keysEvidence = z.object({
  kind: z.literal('keys'),
  /** Whether the keys in the volume and those in the checkout are the same; null if there is only one of them. */
  alike: z.boolean().nullable(),
  /** Whether `service_stores.txt` is beside them; without it CanDIG's own restore makes no login for services. */
  serviceStores: z.boolean(),
});

/** Everything we seal beside the objects of authorization, for each of them. */
export const vaultEvidenceSchema = z.discriminatedUnion('kind', [storageEvidence, keysEvidence]);
export type VaultEvidence = z.infer<typeof vaultEvidenceSchema>;

function vaultOf({ stack }: VaultSite): Container {
  const vault = findService(stack, 'vault');
  if (vault !== undefined) return vault;
  throw new BackupError('service-missing', `Project ${stack.project} has no container of service vault`, {
    hint: 'Leave vault out of the input include if the site has none',
  });
}

/** Vault's storage as a part of a backup, as of one instant: frozen, copied on the host, thawed, and then read from the copy. */
export function vaultPart(site: VaultSite): Part {
  return {
    name: vaultPartName,
    begin: async ({ signal }): Promise<Dump> => {
      const vault = vaultOf(site);
      const sealed = vault.state === 'running' ? await isVaultSealed(site.remote, vault, { signal }) : null;
      const { containerId, ...spooled } = await spoolVault(site, vault, sealed === false, { signal });
      const evidence: VaultEvidence = { kind: 'storage', image: vault.image, state: vault.state, sealed, ...spooled };
      return {
        content: readSpool(site, containerId, { signal }),
        evidence: async () => evidence,
        gaps: async () => storageGaps(vault, sealed),
        [Symbol.asyncDispose]: async () => await removeSpool(site, vault, containerId, { signal }),
      };
    },
  };
}

function storageGaps({ name, state }: Container, isSealed: boolean | null): Gap[] {
  if (isSealed === false) return [];
  const was = isSealed ? 'was sealed' : `was ${state}`;
  return [{ what: `${name} ${was} when its storage was copied, and is left so`, isLoss: false }];
}

const noKeys = 66;

// In memory only: what opens everything is never written to the host's disk a second time.
const keysScript = [
  'cd /keys; alike=; stores=no',
  `for from in /checkout/keys.txt ${keysFile}; do [ ! -s "$from" ] || cp "$from" keys.txt || exit 1; done`,
  `[ -s keys.txt ] || exit ${noKeys}`,
  `if [ -s /checkout/keys.txt ] && [ -s ${keysFile} ]; then cmp -s /checkout/keys.txt ${keysFile} && alike=yes || alike=no; fi`,
  'if [ -s /checkout/service_stores.txt ]; then cp /checkout/service_stores.txt . || exit 1; stores=yes; fi',
  'tar -c -f - *.txt || exit 1',
  'echo "alike=$alike stores=$stores" >&2',
].join('\n');

/** The keys of Vault as a part of their own, so that others may hold them. */
export function vaultKeysPart(site: VaultSite): Part {
  const { remote, project, runId, stack } = site;
  return {
    name: vaultKeysPartName,
    begin: async ({ signal }): Promise<Dump> => {
      const vault = vaultOf(site);
      const folder = checkoutFolderOf(stack);
      let said = '';
      const command: Command = [
        ...(['docker', 'run', '--rm', '--network=none', '--log-driver=none', '--pull=never', '--user=0'] as const),
        ...['--cap-drop=ALL', '--cap-add=DAC_READ_SEARCH', '--read-only', '--tmpfs=/keys:mode=0700'],
        ...[`--volumes-from=${vault.id}:ro`, ...ownLabels(project, runId)],
        ...(folder === undefined ? [] : [`--mount=${bindMount(folder, '/checkout', 'ro')}`]),
        ...['--entrypoint=timeout', vault.image, '60', 'sh', '-c', keysScript],
      ];
      const onStderr = (tail: string): void => {
        said += tail;
      };
      signal.throwIfAborted();
      // Not to be called off on the way: Docker makes the container all the same, and nobody would start or remove it.
      // What comes is small, and text throughout but for the zeros of a tar.
      const tar = await remote.run(command, { timeoutMs: 120_000, onStderr }).catch((error: unknown) => {
        throw keysError(translateDockerError(error, 'Read the keys of Vault', remote.name));
      });
      const [, alike = '', stores] = /alike=(\w*) stores=(\w+)/.exec(said) ?? [];
      const evidence: VaultEvidence = {
        kind: 'keys',
        alike: alike === '' ? null : alike === 'yes',
        serviceStores: stores === 'yes',
      };
      return {
        content: Readable.from([Buffer.from(tar)]),
        evidence: async () => evidence,
        gaps: async () =>
          alike === 'no' ? [{ what: 'keys.txt in the checkout is not the one in the volume', isLoss: false }] : [],
        [Symbol.asyncDispose]: async () => {},
      };
    },
  };
}

function keysError(error: unknown): unknown {
  if (!(error instanceof CommandError)) return error;
  if (error.exit.status === noKeys) {
    return new BackupError('dump-failed', `Vault's keys are neither at ${keysFile} nor in the checkout`, {
      hint: 'Without keys.txt a backup of Vault opens for nobody; put it back, then run again',
    });
  }
  return new BackupError('dump-failed', "Vault's keys cannot be read", { cause: error });
}
