import { spawn } from 'node:child_process';
import { chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startStack, type TestStack } from '../__tests__/stack/stack.ts';
import * as candig from '../src/index.ts';
import { openLogLines } from './log-lines.ts';
import { tell, timed } from './timing.ts';

/**
 * What backing up logs over SSH costs, of a history as fluentd leaves it. Needs cgroups that can be read, which root's
 * are. Arguments: gigabytes (10⁹ bytes) of logs, and in how many files.
 */
const gigabytes = Number(process.argv[2] ?? 1);
const files = Number(process.argv[3] ?? 400);
const megabyte = 1024 * 1024;
const fluentUser = 999;
/** The first second of the history. */
const fromS = Date.UTC(2024, 0, 1) / 1000;

/** The days before today, three files each, as fluentd closes them at midnight or when they are large. */
async function writeHistory(folder: string): Promise<void> {
  const lines = openLogLines(7);
  const thirdS = 86_400 / 3;
  for (let at = 0; at < files; at += 1) {
    const beginS = fromS + at * thirdS;
    const day = new Date(beginS * 1000).toISOString().slice(0, 10).replaceAll('-', '');
    const path = join(folder, `.${day}_${at % 3}.log`);
    const shape = at < files / 2 ? 'raw' : 'parsed';
    await writeFile(path, lines.take((gigabytes * 1e9) / files, beginS, beginS + thirdS, shape), { mode: 0o640 });
    await chown(path, fluentUser, fluentUser);
  }
}

/** As logs of long ago: they have to be read from the disk. */
async function forgetCached(folder: string): Promise<void> {
  const forget = 'for each; do dd of="$each" oflag=nocache conv=notrunc,fdatasync count=0 status=none; done';
  await timed(`find "$1" -type f -exec sh -c '${forget}' sh {} +`, folder);
}

interface Peak {
  /** Of the processes themselves. */
  anonBytes: number;
  /** With what the kernel keeps of files, and gives back when somebody needs the room. */
  withCacheBytes: number;
}

/** Watches the helpers of ours for `project` until it is stopped; gives the most memory that one of them had. */
function watchHelpers(project: string): () => Peak {
  const filters = ['type=container', 'event=start', `label=candig-backup.project=${project}`];
  const flags = filters.flatMap((filter) => ['--filter', filter]);
  const events = spawn('docker', ['events', ...flags, '--format', '{{.ID}}'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const peak: Peak = { anonBytes: 0, withCacheBytes: 0 };
  const folders = new Set<string>();
  createInterface(events.stdout).on('line', (id) => void cgroupOf(id).then((folder) => folder && folders.add(folder)));
  const timer = setInterval(() => {
    for (const folder of folders) void look(folder, peak).catch(() => folders.delete(folder));
  }, 20);
  return () => {
    clearInterval(timer);
    events.kill();
    return peak;
  };
}

/** The folder in which the kernel tells of a container's memory; undefined if it has ended already. */
async function cgroupOf(id: string): Promise<string | undefined> {
  try {
    const { output } = await timed('docker inspect --format "{{.State.Pid}}" "$1"', id);
    const groups = (await readFile(`/proc/${output.trim()}/cgroup`, 'utf8')).split('\n');
    const [first] = groups.flatMap((line) => /^\d+:memory:(.*)$/.exec(line)?.[1] ?? []);
    if (first !== undefined) return `/sys/fs/cgroup/memory${first}`;
    const [only] = groups.flatMap((line) => /^0::(.*)$/.exec(line)?.[1] ?? []);
    return only === undefined ? undefined : `/sys/fs/cgroup${only}`;
  } catch {
    return undefined;
  }
}

/** Both versions of cgroups: each has its own names for the same. */
async function look(folder: string, peak: Peak): Promise<void> {
  const isFirst = (await readdir(folder)).includes('memory.max_usage_in_bytes');
  const [total, stat] = await Promise.all([
    readFile(join(folder, isFirst ? 'memory.max_usage_in_bytes' : 'memory.peak'), 'utf8'),
    readFile(join(folder, 'memory.stat'), 'utf8'),
  ]);
  const anon = Number(new RegExp(`^${isFirst ? 'rss' : 'anon'} (\\d+)$`, 'm').exec(stat)?.[1]);
  peak.anonBytes = Math.max(peak.anonBytes, anon);
  peak.withCacheBytes = Math.max(peak.withCacheBytes, Number(total));
}

/** Backs the logs up in a process of its own. */
async function backUp(stack: TestStack, folder: string) {
  const store = join(folder, 'store');
  await mkdir(store);
  const { identity, recipient } = candig.generateIdentity('x25519');
  const { host, port, user, privateKey, knownHosts, project } = stack;
  const login = { host, port, user, privateKey, knownHosts };
  const signing = candig.generateSigningKey();
  const file = join(folder, 'setup.json');
  await writeFile(file, JSON.stringify({ login, project, store, identity, recipient, signing }), { mode: 0o600 });
  const script = join(import.meta.dirname, 'backup-child.ts');
  const { seconds, output } = await timed('exec node "$1" backup-logs "$2"', script, file);
  const { report, maxRssBytes } = JSON.parse(output) as { report: candig.BackupReport; maxRssBytes: number };
  const object = report.objects.find(({ name }) => name.startsWith('logs.tar'));
  if (report.status !== 'complete' || object === undefined) throw new Error('the logs are not in the backup');
  return { seconds, maxRssBytes, object };
}

const folder = await mkdtemp(join(tmpdir(), 'candig-backup-bench-logs-'));
try {
  await using stack = await startStack({ seed: false });
  const logs = join(stack.checkout, 'tmp/logs');
  await writeHistory(logs);
  const { output } = await timed(
    'find "$1" -type f -printf "%s\\n" | awk \'{ sum += $1 } END { print sum, NR }\'',
    logs,
  );
  const [bytes = 0, count = 0] = output.split(' ').map(Number);
  await forgetCached(logs);
  const stop = watchHelpers(stack.project);
  const { seconds, maxRssBytes, object } = await backUp(stack, folder);
  const peak = stop();
  process.stdout.write(
    `${(bytes / 1e6).toFixed(0)} MB of logs in ${count} files: ${seconds.toFixed(1)} s, ${(bytes / 1e6 / seconds).toFixed(0)} MB/s; ${(object.sizeBytes / 1e6).toFixed(1)} MB sealed (${object.name}), ${(bytes / object.sizeBytes).toFixed(1)} times smaller\n`,
  );
  tell('sealed / plain', object.sizeBytes / bytes, 0.1);
  tell('peak memory of our process', maxRssBytes / megabyte, 200, ' MiB');
  tell('peak memory of the helper', peak.anonBytes / megabyte, 100, ' MiB');
  process.stdout.write(
    `  the helper with the kernel's cache of what it read: ${Math.round(peak.withCacheBytes / megabyte)} MiB\n`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
