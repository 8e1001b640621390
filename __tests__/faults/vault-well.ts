import { expect } from 'vitest';
import { onHost } from '../stack/login.ts';
import type { TestStack } from '../stack/stack.ts';
import { until } from '../stack/until.ts';

/** Whether Vault runs and answers as one that is unsealed. */
export async function vaultAnswers({ vaultUrl }: TestStack): Promise<boolean> {
  const answer = await fetch(`${vaultUrl}/v1/sys/health`, { signal: AbortSignal.timeout(1_000) });
  await answer.arrayBuffer();
  return answer.status === 200;
}

/** Waits, without doing anything, until Vault answers; gives how long that took. It has a minute. */
export async function waitForVault(stack: TestStack): Promise<number> {
  const fromMs = performance.now();
  await until('Vault to be thawed and unsealed', async () => await vaultAnswers(stack), 60_000);
  return performance.now() - fromMs;
}

/** Containers of ours, full ids a line. */
export async function ownContainers({ project, docker }: TestStack): Promise<string> {
  return await docker('ps', '--all', '--quiet', '--no-trunc', `--filter=label=candig-backup.project=${project}`);
}

/** Nothing of ours is on the host but what stays between runs, and nobody has the lock. */
export async function expectNothingLeft(stack: TestStack): Promise<void> {
  expect(await ownContainers(stack)).toBe('');
  const state = await onHost(stack, `cd ~/.candig-backup/${stack.project}; ls; flock -n lock echo free`);
  expect(state).toMatch(/^(guard\n)?lock\nwork\nfree\n$/);
}
