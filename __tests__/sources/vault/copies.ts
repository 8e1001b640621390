import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { silentLog } from '../../../src/log.ts';
import { newRunId } from '../../../src/operations/context.ts';
import { enterHost } from '../../../src/operations/site-access.ts';
import type { Remote } from '../../../src/remote/remote.ts';
import { type VaultEvidence, vaultKeysPart, vaultPart } from '../../../src/sources/vault/dump.ts';
import { parseVaultKeys, type VaultKeys } from '../../../src/sources/vault/keys.ts';
import { type StagedVault, stageVault } from '../../../src/sources/vault/stage.ts';
import type { VaultSite } from '../../../src/sources/vault/vault-site.ts';
import { docker } from '../../stack/run.ts';
import type { TestStack } from '../../stack/stack.ts';

type StorageEvidence = Extract<VaultEvidence, { kind: 'storage' }>;

/** A copy of a site's Vault, taken as a backup takes it. */
export interface VaultCopy {
  readonly tar: Buffer;
  readonly keys: VaultKeys;
  readonly evidence: StorageEvidence;
}

const signal = new AbortController().signal;

/** Enters the stack's host as a backup does, does `work`, and leaves it. */
export async function asBackup<Result>(
  stack: TestStack,
  remote: Remote,
  work: (site: VaultSite) => Promise<Result>,
): Promise<Result> {
  const context = { log: silentLog, signal, now: () => new Date() };
  const runId = newRunId(context);
  const { project } = stack;
  await using access = await enterHost({ remote, project }, 'backup', runId, context, 10_000);
  return await work({ remote, project, runId, fenced: access.fenced, stack: access.stack });
}

/** Takes a copy of Vault's storage; `between` is what happens once it is made, before anything of it is read. */
export async function copyStorage(
  site: VaultSite,
  between: () => Promise<void> = async () => {},
): Promise<Omit<VaultCopy, 'keys'>> {
  await using dump = await vaultPart(site).begin({ signal });
  await between();
  const tar = await buffer(dump.content);
  return { tar, evidence: (await dump.evidence()) as StorageEvidence };
}

export async function copyVault(stack: TestStack, remote: Remote): Promise<VaultCopy> {
  return await asBackup(stack, remote, async (site) => {
    const storage = await copyStorage(site);
    await using dump = await vaultKeysPart(site).begin({ signal });
    const [keysText = ''] = /keys: \n[\s\S]*?root: \n\S+\n/.exec(await text(dump.content)) ?? [];
    return { ...storage, keys: parseVaultKeys(keysText) };
  });
}

/** A copy that is open: unsealed, in a container of its own. */
export interface OpenCopy extends AsyncDisposable {
  readonly staged: StagedVault;
  /** What its Vault has said since it was started. */
  log(): string;
  /** The HTTP status that the login of a service comes to in it. */
  logIn(role: string): Promise<number>;
}

export async function openCopy(
  stack: TestStack,
  remote: Remote,
  { tar, keys }: VaultCopy,
  name: string,
): Promise<OpenCopy> {
  const project = `${stack.project}-${name}`;
  let said = '';
  // Its output goes to no log, so that nothing of it stays: it has to be listened to from the start.
  const listen = async (): Promise<void> => {
    const id = await docker(['ps', '--quiet', `--filter=label=candig-backup.project=${project}`]);
    const attached = spawn('docker', ['attach', '--no-stdin', '--sig-proxy=false', id], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [attached.stdout, attached.stderr])
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
  };
  const open = async (): Promise<Readable> => {
    await listen();
    return Readable.from([tar]);
  };
  const staged = await stageVault(
    remote,
    { keys, sizeBytes: tar.length, open },
    { host: remote, project, runId: name, image: stack.images.vault as string, signal },
  );
  return {
    staged,
    log: () => said,
    logIn: async (role) => {
      const file = async (path: string) => (await readFile(join(stack.checkout, 'tmp/vault', path), 'utf8')).trim();
      const asService = staged.api.as(await file('approle-token'));
      const { body } = await asService.ask('Ask for a secret id', 'PUT', `auth/approle/role/${role}/secret-id`);
      const { secret_id } = body.data as { readonly secret_id: string };
      const login = { role_id: await file(`${role}-roleid`), secret_id };
      return (await staged.api.ask('Log in', 'PUT', 'auth/approle/login', { body: login })).status;
    },
    [Symbol.asyncDispose]: async () => await staged[Symbol.asyncDispose](),
  };
}
