import { spawn } from 'node:child_process';
import { access, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError } from '../../src/errors.ts';
import { cacheFolder } from './folder.ts';
import { alone } from './lock.ts';
import { docker, run } from './run.ts';
import { until } from './until.ts';

async function complaint(): Promise<string | undefined> {
  try {
    await docker(['version', '--format', '{{.Server.Version}}'], { timeoutMs: 30_000 });
    return undefined;
  } catch (error) {
    return String(error).split('\n')[0] ?? '';
  }
}

/** Whether a program is on the path. */
export async function isInstalled(program: string): Promise<boolean> {
  return run('sh', ['-c', 'command -v "$1"', 'sh', program]).then(
    () => true,
    () => false,
  );
}

/** Whether packages can be installed here: as root on Debian or one of its children. */
export async function canInstall(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  return access('/etc/debian_version').then(
    () => true,
    () => false,
  );
}

/** Installs Debian packages; only where `canInstall`. */
export async function install(...packages: string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-q'], { env, timeoutMs: 300_000 });
  await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], { env, timeoutMs: 600_000 });
}

async function startDaemon(): Promise<void> {
  await mkdir(cacheFolder, { recursive: true });
  const logFile = join(cacheFolder, 'dockerd.log');
  const log = await open(logFile, 'a');
  spawn('dockerd', [], { detached: true, stdio: ['ignore', log.fd, log.fd] }).unref();
  await log.close();
  await until(`dockerd (see ${logFile})`, async () => (await complaint()) === undefined, 60_000);
}

/**
 * Resolves once a Docker daemon answers. As root on Debian or Ubuntu one is installed and started if there is none;
 * elsewhere rejects with `docker-missing`, `docker-denied` or `docker-down`.
 */
export async function ensureDocker(say: (line: string) => void = () => {}): Promise<void> {
  if ((await complaint()) === undefined) return;
  await alone('docker', async () => {
    const reason = await complaint();
    if (reason === undefined) return;
    if (!(await canInstall())) {
      if (!(await isInstalled('docker'))) {
        throw new BackupError('docker-missing', 'the stack needs Docker, and there is no docker command here');
      }
      if (/permission denied/i.test(reason)) {
        throw new BackupError('docker-denied', 'the stack needs Docker, and this user may not use its socket');
      }
      throw new BackupError('docker-down', 'the stack needs Docker, and its daemon does not answer');
    }
    if (!(await isInstalled('dockerd'))) {
      say('Installing Docker');
      await install('docker.io', 'iptables', 'ca-certificates');
    }
    // Newer Debian has the client in a package of its own.
    if (!(await isInstalled('docker'))) await install('docker-cli');
    // Where an init system runs, installing has started the daemon already.
    if ((await complaint()) === undefined) return;
    say('Starting Docker');
    await startDaemon();
  });
}
