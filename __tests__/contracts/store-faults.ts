import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '../../src/log.ts';
import type { StoreSettings } from '../../src/request/store-settings.ts';
import { type OpenedStores, openStores } from '../../src/run/open-stores.ts';
import type { Store } from '../../src/stores/store.ts';
import type { Cut, TcpProxy } from '../remote/proxy.ts';
import { all, bytesOf, digest } from './store.ts';

/** A store on a server, to be reached straight and through a proxy that can be cut. */
export interface ServedStore extends AsyncDisposable {
  readonly settings: StoreSettings;
  readonly proxy: TcpProxy;
  readonly proxied: StoreSettings;
  /** Environment of a process of its own that uses it. */
  readonly env?: Readonly<Record<string, string>>;
}

const script = join(import.meta.dirname, '..', 'stores', 'put-child.ts');
const context = { log: silentLog, signal: new AbortController().signal, now: () => new Date() };

/** A put that is cut off half-way, in ways a test can only try on a store that is served, keeps nothing and can be done again. */
export function storeFaults(name: string, sizeBytes: number, open: () => Promise<ServedStore>): void {
  describe(`a put into ${name}`, () => {
    const content = randomBytes(sizeBytes);
    // The first and last bytes, and evenly in between.
    const offsets = [
      0,
      1,
      ...Array.from({ length: 12 }, (_, at) => Math.floor((sizeBytes * (at + 1)) / 14)),
      sizeBytes - 1,
    ];
    let served: ServedStore;
    let opened: OpenedStores;
    let store: Store;
    beforeAll(async () => {
      served = await open();
      opened = await openStores([served.settings], context);
      store = opened.stores[0] as Store;
    });
    afterAll(async () => {
      await opened?.[Symbol.asyncDispose]();
      await served?.[Symbol.asyncDispose]();
    });

    async function expectNothingAndAgain(folder: string): Promise<void> {
      const path = `${folder}/object`;
      expect(await all(store, folder)).toEqual([]);
      await expect(store.get(path)).rejects.toMatchObject({ code: 'object-missing' });
      await store.put(path, Readable.from([content]));
      expect(await all(store, folder)).toEqual([{ path, sizeBytes }]);
      expect(digest(await bytesOf(store, path))).toBe(digest(content));
    }

    test.each(offsets)(`whose process is killed at byte %i of ${sizeBytes} has kept nothing`, async (offset) => {
      const folder = `killed/at-${offset}`;
      const child = spawn(process.execPath, [script, JSON.stringify(served.settings), `${folder}/object`], {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...process.env, ...served.env },
      });
      const closed = once(child, 'close');
      child.stdin.on('error', () => {});
      child.stdin.write(content.subarray(0, offset));
      // It says how far it has read.
      for await (const line of child.stdout.setEncoding('utf8')) {
        if (Number(line.trim().split('\n').at(-1)) >= offset) break;
      }
      child.kill('SIGKILL');
      await closed;
      await expectNothingAndAgain(folder);
    });

    const cuts: readonly (readonly [Cut, number])[] = [
      ...offsets.map((offset, at) => [at % 2 === 0 ? 'reset' : 'close', offset] as const),
      ['silence', offsets[7] ?? 0],
    ];
    test.each(cuts)('whose connection meets a %s at byte %i fails, and has kept nothing', async (how, offset) => {
      const folder = `cut/${how}-${offset}`;
      await using through = await openStores([served.proxied], context);
      const feed = new PassThrough();
      const put = (through.stores[0] as Store).put(`${folder}/object`, feed);
      const outcome = put.then(
        () => 'kept',
        (error: unknown) => error,
      );
      await new Promise((resolve) => feed.write(content.subarray(0, offset), resolve));
      served.proxy.cut(how);
      feed.on('error', () => {}).end(content.subarray(offset));
      const said = await outcome;
      if (said === 'kept') {
        // Between two requests there is nothing to cut: the next one connects anew.
        expect(served.settings.kind).toBe('s3');
        expect(digest(await bytesOf(store, `${folder}/object`))).toBe(digest(content));
        return;
      }
      expect(said).toMatchObject({ code: expect.stringMatching(/^(connection-lost|store-failed|timed-out)$/) });
      await expectNothingAndAgain(folder);
    });
  });
}
