import { randomBytes } from 'node:crypto';
import { BackupError } from '../../errors.ts';
import { type CallOptions, type Command, CommandError, type Remote } from '../../remote/remote.ts';
import { translateDockerError } from '../../stack/docker.ts';
import type { Runner } from '../../stack/lock.ts';
import { runDocker, type Stack } from '../../stack/stack.ts';
import type { Compression } from '../../tarball/inflate.ts';

/** Whose logs are read, and by which run. */
export interface LogsHost {
  readonly remote: Remote;
  readonly stack: Stack;
  /** What the run calls itself on the host: `candig-backup/<run id>`. */
  readonly application: string;
}

/** An image that is on the host already and has what it takes to read logs, and what of it. */
export interface Helper {
  /** Its id: a name could have come to mean another image. */
  readonly image: string;
  readonly tar: 'gnu' | 'busybox';
  readonly compression: Compression;
}

export interface HelperRun {
  readonly image: string;
  /** Name of the container. */
  readonly name: string;
  /** Path in the container → folder on the host, which is mounted read-only. */
  readonly mounts: Readonly<Record<string, string>>;
  /** Shell script, and its arguments. */
  readonly script: string;
  readonly args: readonly string[];
}

/** Images in which to look first: PostgreSQL's has GNU tar and zstd. */
const likely = ['postgres-db', 'metadata-db'];
const label = 'candig-backup.helper';
const cannotStart = 125;

/** A name for a container of ours that no other has. */
export function newHelperName(): string {
  return `candig-backup-logs-${randomBytes(6).toString('hex')}`;
}

/**
 * A container that runs `script` and is gone afterwards. It has no network, sees the mounted folders only and changes
 * nothing in them; it may read every file, since logs belong to a user of their own and nobody else can read them.
 */
export function helperCommand({ stack, application }: LogsHost, run: HelperRun): Command {
  const mounts = Object.entries(run.mounts).flatMap(([target, source]) => [
    '--mount',
    // A field of comma-separated values; in quotes, a comma or a quote of the path is none of the syntax.
    `type=bind,"source=${source.replaceAll('"', '""')}",target=${target},readonly`,
  ]);
  // An image that compose built says which service it is of, and a helper must never be taken for one.
  const labels = [`${label}=${stack.project}`, `candig-backup.application=${application}`];
  for (const key of ['project', 'service', 'oneoff']) labels.push(`com.docker.compose.${key}=`);
  return [
    ...(['docker', 'run', '--rm', '--interactive', '--pull', 'never', '--name', run.name] as const),
    ...labels.flatMap((each) => ['--label', each]),
    // Docker would keep a copy of all that we read, in the container's own log.
    ...['--log-driver', 'none', '--network', 'none', '--no-healthcheck', '--cpu-shares', '256'],
    ...['--read-only', '--tmpfs', '/report:mode=0700', '--user', '0:0', '--security-opt', 'no-new-privileges'],
    ...['--cap-drop', 'ALL', '--cap-add', 'DAC_READ_SEARCH'],
    ...mounts,
    ...['--workdir', '/', '--entrypoint', 'sh', run.image, '-c', run.script, 'sh', ...run.args],
  ];
}

const probe = [
  'for each in tar find xargs awk timeout head tr wc cat gzip; do command -v "$each" >/dev/null || exit 1; done',
  'case $(tar --version 2>&1) in *"GNU tar"*) echo gnu;; *) echo busybox;; esac',
  'if command -v zstd >/dev/null; then echo zstd; else echo gzip; fi',
].join('\n');

/**
 * Looks for an image among those of the project's containers, whether they run or not: one with GNU tar if there is
 * any. Throws `service-missing` if there is no container, `dump-failed` if none of their images will do.
 */
export async function chooseHelper(host: LogsHost, options: CallOptions = {}): Promise<Helper> {
  let other: Helper | undefined;
  for (const image of await listImages(host, options)) {
    const helper = await probeImage(host, image, options);
    if (helper?.tar === 'gnu') return helper;
    other ??= helper;
  }
  if (other !== undefined) return other;
  throw new BackupError('dump-failed', `Read the logs: no image of project ${host.stack.project} has tar and gzip`, {
    hint: 'The image of postgres-db has both; start the stack once, so that it is on the host',
  });
}

async function listImages({ remote, stack }: LogsHost, options: CallOptions): Promise<string[]> {
  const isLikely = (service: string | undefined) => service !== undefined && likely.includes(service);
  const ids = stack.containers
    .toSorted((a, b) => Number(isLikely(b.service)) - Number(isLikely(a.service)))
    .map(({ id }) => id);
  if (ids.length === 0) {
    throw new BackupError('service-missing', `No container on ${remote.name} is of project ${stack.project}`, {
      hint: 'The containers tell where the logs are; they may be stopped, but not removed. Check the input project',
    });
  }
  const inspect = ['inspect', '--type', 'container', '--format', '{{.Image}}', ...ids];
  const images = await runDocker(remote, 'Look for an image', inspect, options);
  return [...new Set(images.split('\n').filter((line) => line !== ''))];
}

async function probeImage(host: LogsHost, image: string, options: CallOptions): Promise<Helper | undefined> {
  const said = await runHelper(
    host,
    { image, name: newHelperName(), mounts: {}, script: probe, args: [] },
    options,
  ).catch((error: unknown) => {
    // Without a shell, or without what we need of it.
    if (error instanceof CommandError) return '';
    throw error;
  });
  const [, tar, compression] = /^(gnu|busybox)\n(zstd|gzip)\n$/.exec(said) ?? [];
  if (tar === undefined) return undefined;
  return { image, tar: tar as Helper['tar'], compression: compression as Compression };
}

/** Runs a helper for what little it says. */
export async function runHelper(host: LogsHost, run: HelperRun, options: CallOptions = {}): Promise<string> {
  const call = { timeoutMs: 60_000, ...options };
  return await host.remote.run(helperCommand(host, run), call).catch((error: unknown) => {
    throw translateDockerError(error, 'Read the logs', host.remote.name);
  });
}

/** What it means that a helper did not end well. */
export function translateHelperError(error: unknown, what: string, hostName: string): unknown {
  const translated = translateDockerError(error, what, hostName);
  if (!(translated instanceof CommandError)) return translated;
  if (translated.exit.status !== cannotStart) {
    // Somebody ended it, or it was out of memory: worth one more try.
    return new BackupError('dump-ended', `${what}: the helper container was ended before it was done`, {
      cause: error,
    });
  }
  const isGone = /bind source path does not exist/i.test(translated.stderrTail);
  const why = isGone ? 'the folder is not there' : 'a helper container cannot be started';
  return new BackupError('dump-failed', `${what}: ${why} on ${hostName}`, { cause: error });
}

/** Removes a helper by its name, if it is still there. */
export async function removeHelper(remote: Remote, name: string): Promise<void> {
  await runDocker(remote, 'Remove a helper container', ['rm', '--force', '--volumes', name]).catch(() => {});
}

/**
 * Ends and removes the helper containers that earlier runs left behind, and only those: they are known by a label. To
 * be called only by whoever holds the host's lock; `application` is what the calling run is called. Gives their number.
 */
export async function endLeftoverHelpers(
  host: Runner,
  project: string,
  application: string,
  options: CallOptions = {},
): Promise<number> {
  const format = '{{.ID}} {{.Label "candig-backup.application"}}';
  const list = ['ps', '--all', '--no-trunc', '--filter', `label=${label}=${project}`, '--format', format];
  const lines = (await runDocker(host, 'List the helper containers', list, options)).split('\n');
  const left = lines.flatMap((line) => {
    const [id = '', owner] = line.split(' ');
    return id === '' || owner === application ? [] : [id];
  });
  for (const id of left) {
    // One that is just going by itself answers with an error, and one whose client is stuck on a lost connection not at
    // all: its processes are ended all the same, and Docker forgets it with the client.
    const remove = ['rm', '--force', '--volumes', id];
    const call = { timeoutMs: 15_000, ...options };
    await runDocker(host, 'Remove a helper container', remove, call).catch(() => {});
  }
  return left.length;
}
