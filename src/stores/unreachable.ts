import type { Store } from './store.ts';

/** A store that could not be opened: every call fails for the same reason. */
export function unreachable(name: string, reason: unknown): Store {
  const fail = async (): Promise<never> => {
    throw reason;
  };
  return {
    name,
    put: async (_path, content) => {
      content.on('error', () => {}).destroy();
      throw reason;
    },
    get: fail,
    // biome-ignore lint/correctness/useYield: it fails before there is anything to give
    async *list() {
      throw reason;
    },
    remove: fail,
  };
}
