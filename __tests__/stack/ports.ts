import { randomInt } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { cacheFolder } from './folder.ts';

const folder = join(cacheFolder, 'ports');

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

async function reserve(port: number, project: string): Promise<boolean> {
  try {
    await writeFile(join(folder, String(port)), project, { flag: 'wx' });
  } catch {
    return false;
  }
  if (await isFree(port)) return true;
  await rm(join(folder, String(port)));
  return false;
}

/**
 * `count` ports of 127.0.0.1 for the stack `project` alone. Chosen here and not by Docker, which would give a container
 * another port at every start; below the range the system gives to outgoing connections, so that a stopped container's
 * port is not taken meanwhile.
 */
export async function reservePorts(count: number, project: string): Promise<number[]> {
  await mkdir(folder, { recursive: true });
  const ports: number[] = [];
  while (ports.length < count) {
    const port = randomInt(20_000, 32_000);
    if (await reserve(port, project)) ports.push(port);
  }
  return ports;
}

/** Gives back what `reservePorts` reserved for `project`. */
export async function releasePorts(project: string): Promise<void> {
  for (const port of await readdir(folder).catch(() => [])) {
    const holder = await readFile(join(folder, port), 'utf8').catch(() => '');
    if (holder === project) await rm(join(folder, port), { force: true });
  }
}
