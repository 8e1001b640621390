import type { VaultApi } from '../../../src/sources/vault/api.ts';

/** When the process dies: before its nth request that changes something is sent, or once that was done. */
export interface Death {
  readonly at: number;
  readonly edge: 'before' | 'after';
}

/** `api` of a process that dies: after that moment nothing it asks is done, and nothing answers. */
export function dyingApi(api: VaultApi, death: Death): VaultApi & { readonly changes: () => number } {
  let changes = 0;
  let isDead = false;
  const die = (): never => {
    isDead = true;
    throw new Error('dead');
  };
  return {
    changes: () => changes,
    as: () => {
      throw new Error('not asked of it');
    },
    ask: async (what, method, path, options) => {
      if (isDead) die();
      if (method === 'GET' || method === 'LIST') return await api.ask(what, method, path, options);
      changes += 1;
      const isLast = changes === death.at;
      if (isLast && death.edge === 'before') die();
      // What was sent before may still be done; nothing is sent after.
      isDead = isLast;
      const answer = await api.ask(what, method, path, options);
      if (isLast) die();
      return answer;
    },
  };
}

/** `api`, calling `before` ahead of the first request that changes an entry whose path `matches`. */
export function interruptedApi(api: VaultApi, matches: RegExp, before: () => Promise<void>): VaultApi {
  let isDone = false;
  return {
    as: (token) => interruptedApi(api.as(token), matches, before),
    ask: async (what, method, path, options) => {
      if (!isDone && method !== 'GET' && method !== 'LIST' && matches.test(path)) {
        isDone = true;
        await before();
      }
      return await api.ask(what, method, path, options);
    },
  };
}
