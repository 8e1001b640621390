import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const exec = promisify(execFile);

export type HostKeyType = 'ed25519' | 'rsa' | 'ecdsa';

export interface SshdOptions {
  /** Further lines of sshd_config; the first of a kind counts, and these come first. */
  readonly config?: readonly string[];
  readonly hostKeys?: readonly HostKeyType[];
  /** `guest`: a user without rights that exists inside this sshd alone (as root only, else as `self`). Default `self`. */
  readonly user?: 'self' | 'guest';
  /** Of the guest. Default `/bin/sh`. */
  readonly shell?: string;
  /** What stands before the key in authorized_keys. */
  readonly keyOptions?: string;
  readonly port?: number;
}

export interface Sshd {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** The text of a key that may log in. */
  readonly privateKey: string;
  /** Lines for every host key. */
  readonly knownHosts: string;
  readonly folder: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** A throw-away OpenSSH server on a loopback port, with keys of its own. Its home is removed by `stop`. */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const { config = [], hostKeys = ['ed25519'], shell = '/bin/sh', keyOptions = '' } = options;
  const isGuest = options.user === 'guest' && userInfo().uid === 0;
  const user = isGuest ? 'guest' : userInfo().username;
  const folder = await mkdtemp(join(tmpdir(), 'sshd-'));
  await chmod(folder, 0o755);
  const at = (name: string) => join(folder, name);
  const port = options.port ?? (await freePort());
  await Promise.all([makeKey(at('login'), 'ed25519'), ...hostKeys.map((type) => makeKey(at(`host_${type}`), type))]);
  const publicKey = await readFile(at('login.pub'), 'utf8');
  await writeFile(at('authorized_keys'), `${keyOptions} ${publicKey}`.trimStart());
  const lines = [
    ...config,
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    ...hostKeys.map((type) => `HostKey ${at(`host_${type}`)}`),
    `AuthorizedKeysFile ${at('authorized_keys')}`,
    `PidFile ${at('pid')}`,
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'PrintMotd no',
    'Subsystem sftp internal-sftp',
  ];
  await writeFile(at('config'), `${lines.join('\n')}\n`);
  const child = await launch(at('config'), isGuest ? { folder, shell } : undefined);
  const closed = once(child, 'close');
  const knownLines = hostKeys.map(async (type) => {
    const [kind, key] = (await readFile(at(`host_${type}.pub`), 'utf8')).split(' ');
    return `[127.0.0.1]:${port} ${kind} ${key}\n`;
  });
  return {
    host: '127.0.0.1',
    port,
    user,
    privateKey: await readFile(at('login'), 'utf8'),
    knownHosts: (await Promise.all(knownLines)).join(''),
    folder,
    pid: child.pid ?? 0,
    async stop() {
      for (const pid of await descendantsOf(child.pid ?? 0)) tryKill(pid);
      tryKill(child.pid ?? 0);
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function makeKey(file: string, type: HostKeyType | 'dsa', ...more: string[]): Promise<void> {
  const name = randomUUID().slice(0, 8);
  await exec('ssh-keygen', [
    '-q',
    '-t',
    type,
    ...(more.includes('-N') ? [] : ['-N', '']),
    '-C',
    name,
    '-f',
    file,
    ...more,
  ]);
}

/** Every process below `pid`, the nearest first. */
export async function descendantsOf(pid: number): Promise<number[]> {
  const { stdout } = await exec('ps', ['-eo', 'pid=,ppid=']);
  const pairs = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const found: number[] = [];
  for (const parent of [pid, ...found]) collect(parent);
  return found;

  function collect(parent: number): void {
    for (const [child = 0, of] of pairs) {
      if (of !== parent) continue;
      found.push(child);
      collect(child);
    }
  }
}

export function tryKill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already, which is what was wanted.
  }
}

async function launch(config: string, guest: { folder: string; shell: string } | undefined) {
  const sshd = (await exec('sh', ['-c', 'command -v sshd || echo /usr/sbin/sshd'])).stdout.trim();
  // sshd wants its empty folder, and to be started by its whole path.
  if (userInfo().uid === 0) await exec('mkdir', ['-p', '/run/sshd']);
  const command = [sshd, '-D', '-e', '-f', config];
  const child = guest
    ? spawn('unshare', ['-m', 'sh', '-c', await withGuest(guest), ...command], { stdio: ['ignore', 'ignore', 'pipe'] })
    : spawn(sshd, command.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => reject(new Error(`sshd did not start: ${log}`)));
    child.stderr.on('data', (chunk) => {
      log = `${log}${chunk}`.slice(-4096);
      if (log.includes('Server listening')) resolve();
    });
  });
  return child;
}

/**
 * A shell line that adds a user in a mount namespace of its own, then becomes what follows. The whole of `/etc` is
 * replaced by links: a single file put over another is lost as soon as anybody renames a new one into its place.
 */
async function withGuest({ folder, shell }: { folder: string; shell: string }): Promise<string> {
  const [etc, real] = [join(folder, 'etc'), join(folder, 'real')];
  await mkdir(etc);
  await mkdir(real);
  const own: Record<string, string> = {
    passwd: `${await readFile('/etc/passwd', 'utf8')}guest:x:54321:54321:guest:${folder}:${shell}\n`,
    shadow: 'root:*:19000:0:99999:7:::\nguest:*:19000:0:99999:7:::\n',
    group: `${await readFile('/etc/group', 'utf8')}guest:x:54321:\n`,
  };
  for (const [name, text] of Object.entries(own)) await writeFile(join(etc, name), text);
  const others = (await readdir('/etc')).filter((name) => !(name in own));
  await Promise.all(others.map((name) => symlink(join(real, name), join(etc, name))));
  return `mount --bind /etc '${real}' && mount --bind '${etc}' /etc && exec "$0" "$@"`;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
