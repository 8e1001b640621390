import { setTimeout as delay } from 'node:timers/promises';
import { BackupError } from '../../errors.ts';
import type { VaultApi } from './api.ts';

/** What `keys.txt` holds: all that is needed to open a Vault and to do anything in it. Kept in memory only. */
export interface VaultKeys {
  /** Shares of the unseal key, in the file's order. */
  readonly shares: readonly string[];
  readonly rootToken: string;
}

const activeWithinMs = 60_000;

/** Reads CanDIG's `keys.txt`: `keys:`, a share on each line, `root:`, the root token. `vault-keys-wrong` if it is not one. */
export function parseVaultKeys(text: string): VaultKeys {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const rootAt = lines.indexOf('root:');
  const shares = lines.slice(1, rootAt);
  const [rootToken, ...more] = lines.slice(rootAt + 1);
  const isWhole =
    lines[0] === 'keys:' &&
    shares.length > 0 &&
    shares.every((share) => /^[A-Za-z0-9+/=]{16,512}$/.test(share)) &&
    rootToken !== undefined &&
    /^[A-Za-z0-9._-]{8,512}$/.test(rootToken) &&
    more.length === 0;
  if (isWhole) return { shares, rootToken };
  throw new BackupError(
    'vault-keys-wrong',
    "The file of Vault's keys is not whole: it has not the lines it should have",
  );
}

export interface SealStatus {
  readonly isInitialized: boolean;
  readonly isSealed: boolean;
  /** How many shares open it. */
  readonly threshold: number;
}

export async function readSealStatus(api: VaultApi): Promise<SealStatus> {
  const { body } = await api.ask('Ask whether Vault is sealed', 'GET', 'sys/seal-status');
  return { isInitialized: body.initialized === true, isSealed: body.sealed !== false, threshold: Number(body.t) };
}

/** Unseals a Vault; one that is unsealed is no error. `vault-keys-wrong` if these keys are another Vault's. */
export async function unseal(api: VaultApi, keys: VaultKeys): Promise<void> {
  const { threshold, isInitialized } = await readSealStatus(api);
  if (isInitialized && keys.shares.length >= threshold) {
    // vault-runner may be giving its shares at the same time, and each of us begins anew.
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      if (!(await readSealStatus(api)).isSealed || (await giveShares(api, keys.shares.slice(0, threshold)))) {
        return await waitUntilActive(api);
      }
    }
  }
  throw new BackupError('vault-keys-wrong', 'The keys do not open this Vault');
}

/** Whether that unsealed it. */
async function giveShares(api: VaultApi, shares: readonly string[]): Promise<boolean> {
  await api.ask('Unseal Vault', 'PUT', 'sys/unseal', { body: { reset: true } });
  for (const key of shares) {
    // What shares that fit nothing come to depends on where Vault notices.
    const refused = { body: { key }, accept: [400, 500, 503], timeoutMs: 60_000 };
    const { status, body } = await api.ask('Unseal Vault', 'PUT', 'sys/unseal', refused);
    if (status >= 400) return false;
    if (body.sealed === false) return true;
  }
  return false;
}

/** An unsealed Vault refuses requests for a moment more. */
async function waitUntilActive(api: VaultApi): Promise<void> {
  const end = performance.now() + activeWithinMs;
  for (;;) {
    const { status } = await api.ask('Wait for Vault', 'GET', 'sys/health', { accept: [429, 472, 473, 501, 503] });
    if (status === 200) return;
    if (performance.now() > end)
      throw new BackupError('vault-unusable', 'Vault is unsealed and does not become active');
    await delay(50);
  }
}

/** Whether the root token is one of this Vault, and still has every right there. */
export async function isRootOf(api: VaultApi, rootToken: string): Promise<boolean> {
  // 403 for a token that is not known, 500 for one of a form that none of its tokens has.
  const { status, body } = await api
    .as(rootToken)
    .ask('Look at the root token', 'GET', 'auth/token/lookup-self', { accept: [400, 403, 500] });
  const { data } = body;
  if (status !== 200 || typeof data !== 'object' || data === null || !('policies' in data)) return false;
  return Array.isArray(data.policies) && data.policies.includes('root');
}
