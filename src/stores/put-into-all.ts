import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Store } from './store.ts';

/**
 * Keeps `content` under `path` in every one of `stores`, read once and at the pace of the slowest. One that fails is let
 * go of, and the others go on. Gives each store's outcome, in their order; if the content fails, all of them fail.
 */
export async function putIntoAll(
  stores: readonly Store[],
  path: string,
  content: Readable,
  options: { readonly signal?: AbortSignal } = {},
): Promise<PromiseSettledResult<void>[]> {
  const [only, ...more] = stores;
  if (only !== undefined && more.length === 0) return await Promise.allSettled([only.put(path, content, options)]);
  const branches = stores.map(() => new PassThrough());
  const puts = stores.map(async (store, at) => await store.put(path, branches[at] as PassThrough, options));
  const spread = async (chunks: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of chunks) {
      const open = branches.filter((branch) => !branch.destroyed);
      if (open.length === 0) return;
      await Promise.all(open.map((branch) => written(branch, chunk)));
    }
  };
  const [, ...outcomes] = await Promise.allSettled([
    pipeline(content, spread).then(
      () => {
        for (const branch of branches) branch.end();
      },
      (error: Error) => {
        for (const branch of branches) branch.destroy(error);
      },
    ),
    ...puts,
  ]);
  return outcomes;
}

/** Resolves once `branch` takes more, or will never take any. */
async function written(branch: PassThrough, chunk: Uint8Array): Promise<void> {
  if (branch.write(chunk)) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      branch.off('drain', done).off('close', done);
      resolve();
    };
    branch.on('drain', done).on('close', done);
  });
}
