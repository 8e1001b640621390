import type { CallOptions, Remote } from '../remote/remote.ts';
import { dockerExec, translateDockerError } from './docker.ts';
import { findService, type Stack } from './stack.ts';

/** For `sh` in the container of Redis. Without a single quote, since it stands between such on the host as well. */
export const emptyKatsuCache = [
  'if [ -r "$REDIS_PASSWORD_FILE" ]; then REDISCLI_AUTH=$(cat "$REDIS_PASSWORD_FILE"); export REDISCLI_AUTH; fi',
  'redis-cli -n 1 FLUSHDB | grep -qx OK',
].join('; ');

/**
 * Empties katsu's cache (Redis database 1) so that the portal does not show counts from before for a day. Other Redis
 * databases belong to others. Gives false if no Redis of the project runs. The password is read inside the container.
 */
export async function flushKatsuCache(remote: Remote, stack: Stack, options: CallOptions = {}): Promise<boolean> {
  const redis = findService(stack, 'redis');
  if (redis?.state !== 'running') return false;
  await remote
    .run(dockerExec(redis.id, ['sh', '-c', emptyKatsuCache]), { timeoutMs: 15_000, ...options })
    .catch((error: unknown) => {
      throw translateDockerError(error, "Empty katsu's cache", remote.name);
    });
  return true;
}
