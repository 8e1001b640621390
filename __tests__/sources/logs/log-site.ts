import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { openLocal } from '../../../src/remote/local.ts';
import type { Remote } from '../../../src/remote/remote.ts';
import type { LogsEvidence } from '../../../src/sources/logs/evidence.ts';
import { logTarRules } from '../../../src/sources/logs/folder-part.ts';
import type { LogsHost } from '../../../src/sources/logs/helper.ts';
import type { Part } from '../../../src/sources/source.ts';
import { readStack } from '../../../src/stack/stack.ts';
import type { Compression } from '../../../src/tarball/inflate.ts';
import { unpackTar } from '../../../src/tarball/unpack.ts';
import { docker } from '../../stack/run.ts';
import { ensureImage, type ImageKind } from './images.ts';

/** A service's container; by default it was made and never started, as after a stack was stopped. */
export interface LogService {
  readonly service: string;
  /** Path in the container → path on the host. */
  readonly mounts?: Readonly<Record<string, string>>;
  readonly labels?: readonly string[];
  /** Runs this. */
  readonly command?: readonly string[];
  readonly image?: string;
}

/** A checkout with a log folder, and containers of a compose project that tell of it; no service in them does anything. */
export interface LogSite extends AsyncDisposable {
  readonly project: string;
  readonly checkout: string;
  /** Where fluentd writes to. */
  readonly logs: string;
  readonly image: string;
  readonly remote: Remote;
  add(service: LogService): Promise<string>;
  host(remote?: Remote): Promise<LogsHost>;
  /** Full ids of helper containers, also of ones that have ended. */
  helpers(): Promise<string[]>;
  /** Whether a program of that name runs in a helper. */
  runs(program: string): Promise<boolean>;
}

export async function makeLogSite(
  kind: ImageKind,
  services?: (site: LogSite) => readonly LogService[],
): Promise<LogSite> {
  const project = `cblogs${randomBytes(4).toString('hex')}`;
  const checkout = await mkdtemp(join(tmpdir(), 'candig-backup-logs-'));
  const logs = join(checkout, 'tmp', 'logs');
  await mkdir(logs, { recursive: true });
  const image = await ensureImage(kind);
  const remote = openLocal();
  const made: string[] = [];
  const site: LogSite = {
    project,
    checkout,
    logs,
    image,
    remote,
    async add({ service, mounts = {}, labels = [], command, image: its = image }) {
      const compose = [`com.docker.compose.project=${project}`, `com.docker.compose.service=${service}`];
      const id = await docker([
        ...(command === undefined ? ['create'] : ['run', '--detach']),
        ...['--name', `${project}_${service}_1`, '--network', 'none'],
        ...[...compose, ...labels].flatMap((label) => ['--label', label]),
        ...Object.entries(mounts).flatMap(([target, source]) => ['--volume', `${source}:${target}`]),
        its,
        ...(command ?? ['true']),
      ]);
      made.push(id);
      return id;
    },
    host: async (its = remote) => ({
      remote: its,
      stack: await readStack(its, project),
      runId: 'now',
    }),
    helpers: async () => {
      const filter = `label=candig-backup.project=${project}`;
      const ids = await docker(['ps', '--all', '--quiet', '--no-trunc', '--filter', filter]);
      return ids.split('\n').filter((id) => id !== '');
    },
    runs: async (program) => {
      const [helper] = await site.helpers();
      if (helper === undefined) return false;
      // Its name only: the scripts stand in the arguments.
      const names = await docker(['top', helper, '-eo', 'pid,comm']).catch(() => '');
      return names.split('\n').some((line) => line.trim().endsWith(` ${program}`));
    },
    [Symbol.asyncDispose]: async () => {
      // First: a container does not go while a client is there whose output nobody reads.
      await remote[Symbol.asyncDispose]();
      const left = [...made, ...(await site.helpers())];
      if (left.length > 0) await docker(['rm', '--force', '--volumes', ...left]);
      await rm(checkout, { recursive: true, force: true });
    },
  };
  const wanted = services?.(site) ?? [{ service: 'fluentd', mounts: { '/logging': logs } }];
  for (const service of wanted) await site.add(service);
  return site;
}

export interface Taken<Evidence extends LogsEvidence = LogsEvidence> {
  readonly bytes: Buffer;
  readonly evidence: Evidence;
}

/** Dumps one part to its end. */
export async function takePart<Kind extends LogsEvidence['kind']>(
  part: Part | undefined,
  kind: Kind,
): Promise<Taken<Extract<LogsEvidence, { kind: Kind }>>> {
  if (part === undefined) throw new Error('there is no such part');
  await using dump = await part.begin({ signal: new AbortController().signal });
  const bytes = await buffer(dump.content);
  const evidence = (await dump.evidence()) as LogsEvidence;
  if (evidence.kind !== kind) throw new Error(`the part is a ${evidence.kind}`);
  return { bytes, evidence: evidence as Extract<LogsEvidence, { kind: Kind }> };
}

/** The helper waits for a file `go` in the folder, between the listing and the reading. */
export function heldUp(remote: Remote): Remote {
  return altered(remote, (word) =>
    word.replace('\nwrite() {', '\nwhile [ ! -e /from/logs/go ]; do sleep 1; done\nwrite() {'),
  );
}

/** Helpers are started with other words than ours. */
export function altered(remote: Remote, alter: (word: string) => string): Remote {
  return { ...remote, open: ([program, ...args], options) => remote.open([program, ...args.map(alter)], options) };
}

/** Unpacks a folder's part as whoever opens a backup does. */
export async function unpack(bytes: Buffer, compression: Compression, folder: string): Promise<void> {
  await unpackTar(Readable.from([bytes]), folder, { ...logTarRules, compression });
}
