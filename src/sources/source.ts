import type { Readable } from 'node:stream';

/** One thing a source yields: it becomes one object of the backup. */
export interface Part {
  /** Name of the object without its ending for sealed things, e.g. `clinical.dump`. */
  readonly name: string;
  /** Begins to dump. May be called again after a dump that failed: nothing of the failed one remains. */
  begin(options: { readonly signal: AbortSignal }): Promise<Dump>;
}

/** Something that is not in a dump, or not as it should be, as told to people: counts and services, no names of files. */
export interface Gap {
  readonly what: string;
  /** Whether what is missing was there to be had: the backup then lacks something. */
  readonly isLoss: boolean;
}

/** A dump under way. Disposing of it ends whatever it still holds open on the host. */
export interface Dump extends AsyncDisposable {
  /** Plain bytes. Ends only if what made them ended well. */
  readonly content: Readable;
  /** What is in the dump, from the very state that was dumped. To be awaited after `content` has ended. */
  evidence(): Promise<unknown>;
  /** What of it people are to be told. To be awaited like `evidence`. */
  gaps?(): Promise<readonly Gap[]>;
}

/** A copy made beside the living site, not yet in use. Its steps are called in this order, each at most once. */
export interface Staged {
  /** Compares the copy with the evidence; throws `check-failed` naming the differences. Changes nothing that lives. */
  check(): Promise<void>;
  /**
   * Puts the copy in place of what lives; what lived is kept. Once it has resolved all of it is done; after a failure
   * `isSwapped` tells. `fence` is called once the way to the site is open, and only if it resolves anything is changed,
   * and by that way alone: whoever takes the site over closes it.
   */
  swap(fence: () => Promise<void>): Promise<void>;
  /** Whether the swap has been done, asked of the site itself: also after a swap whose answer was lost. */
  isSwapped(): Promise<boolean>;
  /**
   * Undoes `swap`, under a `fence` as there; after it the copy is staged again. Right after any failure, also of a swap
   * that was done by half; changes nothing where nothing was done.
   */
  rollBack(fence: () => Promise<void>): Promise<void>;
  /** Says that the restore stands, once the site is well: what lived is kept as a previous copy. No `rollBack` after it. */
  keep(): Promise<void>;
  /** Removes the copy and everything made for it. What lives, and what is kept, stays. */
  discard(): Promise<void>;
}
