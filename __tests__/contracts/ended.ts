import { readFile } from 'node:fs/promises';

/** Resolves once the process `pid` of this machine is no more; one that only waits to be reaped counts as gone. */
export async function ended(pid: number): Promise<void> {
  for (;;) {
    const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    if (state === '' || state.includes(') Z ')) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
