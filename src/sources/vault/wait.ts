import { setTimeout as delay } from 'node:timers/promises';
import { BackupError, isBackupError } from '../../errors.ts';
import type { VaultApi } from './api.ts';
import { readSealStatus, type SealStatus } from './keys.ts';

/** Not to be waited for: these do not pass. */
const lasting = ['service-replaced', 'service-not-running', 'cancelled', 'connection-lost', 'locked'] as const;

/** Asks a Vault that was just started until it answers, sealed or not; its last error after `deadlineMs`. */
export async function waitUntilAnswers(api: VaultApi, deadlineMs: number): Promise<SealStatus> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await readSealStatus(api);
    } catch (error) {
      if (lasting.some((code) => isBackupError(error, code))) throw error;
      if (performance.now() > end) {
        throw new BackupError('vault-unusable', `Vault was started and does not answer`, { cause: error });
      }
    }
    await delay(100);
  }
}
