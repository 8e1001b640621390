import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loginThrough, startProxy } from '../__tests__/remote/proxy.ts';
import { startSshd } from '../__tests__/remote/sshd.ts';
import { ensureS3Server, startS3Server } from '../__tests__/stores/s3-server.ts';
import { median, tell, timed } from './timing.ts';

/**
 * What stores cost, as ratios against the tools a person would use, taken in turn in one run, all on this machine. Needs
 * `sftp` and `ssh`. Arguments: MiB of the object (512), and rounds.
 */
const mebibytes = Number(process.argv[2] ?? 512);
const rounds = Number(process.argv[3] ?? 5);

const child = join(import.meta.dirname, 'store-child.ts');
const folder = await mkdtemp(join(tmpdir(), 'candig-backup-stores-'));
await ensureS3Server((line) => process.stdout.write(`${line}\n`));
const [sshd, server] = await Promise.all([startSshd(), startS3Server()]);
const peaks: number[] = [];
let at = 0;

async function ours(what: 'put' | 'get', places: readonly unknown[], path: string): Promise<number> {
  const { seconds, output } = await timed(
    'exec node "$@"',
    ...[child, what, JSON.stringify(places), path, join(folder, 'object')],
  );
  peaks.push(Number(output) / 1024 / 1024);
  return seconds;
}

/** The median of ours against theirs, round by round. */
async function against(what: string, bound: number, mine: () => Promise<number>, theirs: () => Promise<number>) {
  const [a, b]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    at += 1;
    b.push(await theirs());
    a.push(await mine());
  }
  process.stdout.write(`  seconds: ours ${a.map((s) => s.toFixed(2))}, theirs ${b.map((s) => s.toFixed(2))}\n`);
  tell(what, median(a.map((seconds, index) => seconds / (b[index] ?? 1))), bound);
}

try {
  const object = join(folder, 'object');
  await timed('head -c "$1" /dev/urandom > "$2"', String(mebibytes * 1024 * 1024), object);
  const [near, far] = [join(folder, 'near'), join(sshd.folder, 'far')];
  await Promise.all([mkdir(near), mkdir(far)]);
  const { host, port, user, privateKey, knownHosts } = sshd;
  const login = { host, port, user, privateKey, knownHosts };
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
  });
  const directory = { kind: 'directory', path: near };
  const sftp = { kind: 'sftp', login, path: far };
  const s3 = {
    kind: 's3',
    place: { bucket: server.bucket, prefix: 'bench', endpoint: server.endpoint, isPathStyle: true },
  };
  const openSsh = `sftp -q -b - -i ${sshd.folder}/login -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -P ${port} ${user}@${host}`;
  const path = (of: string) => `${of}/x/object-${at}`;
  const clean = async () => await timed('rm -rf "$1"/* "$2"/* "$3"/*', near, far, server.folder);

  await against(
    'directory: put / cp, and a sync of it',
    1.25,
    async () => await ours('put', [directory], path('put')),
    async () => (await timed('cp "$1" "$2" && sync "$2"', object, join(near, `cp-${at}`))).seconds,
  );
  await clean();
  await against(
    'SFTP: put / OpenSSH’s sftp put',
    1.25,
    async () => await ours('put', [sftp], path('put')),
    async () => (await timed(`echo "put -f $1 $2" | ${openSsh}`, object, join(far, `sftp-${at}`))).seconds,
  );
  await against(
    'SFTP: get / OpenSSH’s sftp get',
    1.25,
    async () => await ours('get', [sftp], `put/x/object-${at - rounds}`),
    async () => (await timed(`echo "get $1 /dev/null" | ${openSsh}`, join(far, `sftp-${at - rounds}`))).seconds,
  );
  await clean();
  // Of three on one machine none is far: a link of its own, slower than the machine, stands for a real one.
  const proxy = await startProxy(port);
  const alone = { ...sftp, login: loginThrough(proxy, login) };
  await against(
    'three stores at once / the slowest of them alone',
    1.3,
    async () => await ours('put', [directory, alone, s3], path('three')),
    async () =>
      Math.max(
        await ours('put', [directory], path('one')),
        await ours('put', [alone], path('one')),
        await ours('put', [s3], path('one')),
      ),
  );
  await proxy.stop();
  tell('peak memory', Math.max(...peaks), 200, ' MiB');
} finally {
  await Promise.all([sshd.stop(), server.stop(), rm(folder, { recursive: true, force: true })]);
}
