import type { VaultApi } from './api.ts';
import { type SealStatus } from './keys.ts';
/** Asks a Vault that was just started until it answers, sealed or not; its last error after `deadlineMs`. */
export declare function waitUntilAnswers(api: VaultApi, deadlineMs: number): Promise<SealStatus>;
