import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../stack/run.ts';
import { until } from '../stack/until.ts';

/** A Docker daemon of a test's own, beside the machine's: with its own containers, images and networks. */
export interface OwnDockerd extends AsyncDisposable {
  /** As `DOCKER_HOST`. */
  readonly host: string;
  docker(...args: string[]): Promise<string>;
  /** Kills the daemon, which no longer sees what becomes of its containers. */
  kill(): Promise<void>;
  /** Starts it again; resolves once it answers. */
  start(): Promise<void>;
  /** Takes over an image of the machine's own daemon. */
  load(image: string): Promise<void>;
}

/** Starts one that keeps everything below `folder`. Needs root. */
export async function startOwnDockerd(folder: string): Promise<OwnDockerd> {
  const at = (name: string) => join(folder, name);
  await mkdir(folder, { recursive: true });
  const host = `unix://${at('docker.sock')}`;
  const docker = async (...args: string[]) => (await run('docker', args, { env: { DOCKER_HOST: host } })).trim();
  const begin = async (program: string, args: readonly string[]): Promise<ChildProcess> => {
    const log = await open(at('log'), 'a');
    const child = spawn(program, args, { stdio: ['ignore', log.fd, log.fd] });
    await log.close();
    return child;
  };
  // As on a real host it is not dockerd's child, and lives on when that dies.
  const containerd = await begin('containerd', [
    ...[`--address=${at('containerd.sock')}`, `--root=${at('containerd')}`, `--state=${at('containerd-state')}`],
    '--log-level=warn',
  ]);
  let daemon: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const flags = ['data-root', 'exec-root', 'pidfile'].map((name) => `--${name}=${at(name)}`);
    const args = [
      ...flags,
      `--host=${host}`,
      `--containerd=${at('containerd.sock')}`,
      '--bridge=none',
      '--iptables=false',
    ];
    // In a network of its own: one that makes no bridge removes the bridge of the machine's daemon.
    daemon = await begin('unshare', ['--net', 'dockerd', ...args]);
    await until('a dockerd of our own', async () => (await docker('version')) !== '', 60_000);
  };
  const end = async (child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  await until('containerd', async () => (await readdir(folder)).includes('containerd.sock'));
  await start();
  return {
    host,
    docker,
    start,
    kill: async () => await end(daemon, 'SIGKILL'),
    load: async (image) =>
      void (await run('sh', ['-c', 'docker save "$1" | DOCKER_HOST="$2" docker load', 'sh', image, host])),
    [Symbol.asyncDispose]: async () => {
      const left = (await docker('ps', '--all', '--quiet')).split('\n').filter((id) => id !== '');
      if (left.length > 0) await docker('rm', '--force', '--volumes', ...left);
      await end(daemon, 'SIGTERM');
      await end(containerd, 'SIGTERM');
      // One that is killed leaves its folder mounted, once for each time.
      await run('sh', ['-c', 'while umount "$1" 2> /dev/null; do :; done', 'sh', at('data-root')]);
    },
  };
}
