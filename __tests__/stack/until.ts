import { setTimeout as wait } from 'node:timers/promises';

/** Asks `check` again and again until it gives true; rejects, with its last error, after `deadlineMs`. */
export async function until(what: string, check: () => Promise<boolean>, deadlineMs = 60_000): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  let cause: unknown;
  for (;;) {
    try {
      if (await check()) return;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) throw new Error(`waited ${deadlineMs} ms in vain for ${what}`, { cause });
    await wait(50);
  }
}
