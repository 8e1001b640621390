import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** Runs a script in an image that has none of our programs; it sees `folder` at /backup and no network. Throws unless it exits 0. */
export async function withPlainTools(image: string, folder: string, script: string): Promise<string> {
  const docker = [
    ...['run', '--rm', '--network', 'none', '--volume', `${folder}:/backup:ro`, image],
    ...['bash', '-euo', 'pipefail', '-c', script],
  ];
  const child = spawn('docker', docker, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output, [status]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  if (status !== 0) throw new Error(`${script} ended with status ${status}`);
  return output.trim();
}
