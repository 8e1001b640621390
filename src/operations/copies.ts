import type { Readable } from 'node:stream';
import { keepManifest } from '../backups/kept.ts';
import type { BackupRef } from '../backups/layout.ts';
import type { Manifest, ManifestObject } from '../backups/manifest.ts';
import { checkObject, putObject } from '../backups/objects.ts';
import { type ManifestLink, newestSigned } from '../backups/previous.ts';
import { type BackupError, type ErrorCode, isBackupError } from '../errors.ts';
import type { PublicKey, SigningKey } from '../seal/minisign.ts';
import { putIntoAll } from '../stores/put-into-all.ts';
import type { Measure, Store } from '../stores/store.ts';
import type { Context } from './context.ts';

export interface StoredCopy {
  readonly store: string;
  /** `failed`: it has no whole copy. */
  readonly status: 'complete' | 'failed';
  readonly code: ErrorCode | null;
  /** Why it failed. */
  readonly message: string | null;
}

/** A copy that is complete, or failed for a reason. */
export function storedCopy(store: string, failure?: BackupError): StoredCopy {
  if (failure === undefined) return { store, status: 'complete', code: null, message: null };
  return { store, status: 'failed', code: failure.code, message: failure.message };
}

/**
 * The copies of a backup in the making, one in each store. A store that fails is let go of for the rest of the run, which
 * goes on as long as one is left; when none is, calls reject with the trouble of the last.
 */
export interface Copies {
  readonly reports: readonly StoredCopy[];
  /** The newest backup there is in any of them. */
  newest(publicKey: PublicKey, now: Date): Promise<ManifestLink | null>;
  /** Keeps an object everywhere, all or nothing. If the content fails, nobody has it, and nobody is let go of. */
  put(name: string, content: Readable, signal: AbortSignal): Promise<Measure>;
  /** Has every store's objects read back, by the store itself or by us. */
  check(objects: readonly ManifestObject[], signal: AbortSignal): Promise<void>;
  /** Makes every copy whole. Gives the digest of the manifest. */
  finish(manifest: Manifest, key: SigningKey): Promise<string>;
}

export function beginCopies(stores: readonly Store[], ref: BackupRef, { log }: Context): Copies {
  const failures = new Map<Store, BackupError>();
  const left = () => stores.filter((store) => !failures.has(store));

  /** What each store that is left answers; those that fail are let go of. */
  async function ask<Answer>(of: (store: Store) => Promise<Answer>, signal?: AbortSignal): Promise<Answer[]> {
    const asked = left();
    return settle(asked, await Promise.allSettled(asked.map(of)), signal);
  }

  function settle<Answer>(
    asked: readonly Store[],
    outcomes: readonly PromiseSettledResult<Answer>[],
    signal: AbortSignal | undefined,
  ): Answer[] {
    const answers = outcomes.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
    const failed = asked.flatMap((store, at) => {
      const outcome = outcomes[at];
      return outcome?.status === 'rejected' ? [{ store, reason: outcome.reason as unknown }] : [];
    });
    for (const { reason } of failed) {
      // All at once is the run's own trouble, or there is nobody left to go on with.
      const isOfStore = isBackupError(reason) && reason.code !== 'cancelled' && !signal?.aborted;
      if (answers.length === 0 || !isOfStore) throw reason;
    }
    for (const { store, reason } of failed) {
      if (failures.has(store)) continue;
      failures.set(store, reason as BackupError);
      log.warn(`${store.name} gets no copy: ${(reason as BackupError).message}`);
    }
    // Objects are kept side by side: what came good here may have come to one that failed elsewhere.
    const [last] = [...failures.values()].slice(-1);
    if (left().length === 0 && last !== undefined) throw last;
    return answers;
  }

  return {
    get reports() {
      return stores.map((store) => storedCopy(store.name, failures.get(store)));
    },
    async newest(publicKey, now) {
      const links = await ask(async (store) => await newestSigned(store, ref.site, publicKey, now));
      const newer = (a: ManifestLink | null, b: ManifestLink | null) => (b === null || (a && a.id > b.id) ? a : b);
      return links.reduce(newer, null);
    },
    async put(name, content, signal) {
      const put: Store['put'] = async (path, bytes, options) => {
        const asked = left();
        settle(asked, await putIntoAll(asked, path, bytes, options), signal);
      };
      return await putObject({ name: 'the stores', put }, ref, name, content, { signal });
    },
    async check(objects, signal) {
      await ask(async (store) => {
        await Promise.all(objects.map((object) => checkObject(store, ref, object.name, object, { signal })));
      }, signal);
    },
    async finish(manifest, key) {
      const kept = await ask(async (store) => await keepManifest(store, manifest, key));
      return (kept[0] as { digest: string }).digest;
    },
  };
}
