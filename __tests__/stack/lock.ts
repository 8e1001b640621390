import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './folder.ts';
import { until } from './until.ts';

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Runs `work` while no other process on this machine does work under the same name; rejects if it is not its turn within
 * `deadlineMs`. A dead holder's lock is taken over.
 */
export async function alone<T>(name: string, work: () => Promise<T>, deadlineMs = 600_000): Promise<T> {
  await mkdir(cacheFolder, { recursive: true });
  const path = join(cacheFolder, `${name}.lock`);
  await until(
    `the lock ${path}`,
    async () => {
      try {
        await writeFile(path, String(process.pid), { flag: 'wx' });
        return true;
      } catch {
        const holder = Number(await readFile(path, 'utf8').catch(() => ''));
        if (holder > 0 && !isAlive(holder)) await rm(path, { force: true });
        return false;
      }
    },
    deadlineMs,
  );
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}
