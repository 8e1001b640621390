import type { CallOptions, Remote } from '../../remote/remote.ts';
import type { Container } from '../../stack/container.ts';
import { dockerExec, translateDockerError } from '../../stack/docker.ts';

/** Asks the client in a running Vault's own container, which needs no token for it; null if it gives no answer. */
export async function isVaultSealed(
  remote: Remote,
  vault: Container,
  options: CallOptions = {},
): Promise<boolean | null> {
  const script = 'VAULT_ADDR=http://127.0.0.1:8200 timeout 10 vault status > /dev/null 2>&1; echo $?';
  const answer = await remote
    .run(dockerExec(vault.id, ['sh', '-c', script]), { timeoutMs: 20_000, ...options })
    .catch((error: unknown) => {
      throw translateDockerError(error, 'Ask whether Vault is sealed', remote.name);
    });
  return { '0\n': false, '2\n': true }[answer] ?? null;
}
