import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../remote/sshd.ts';
import { cacheFolder } from '../stack/folder.ts';
import { ensureGo } from '../stack/go.ts';
import { alone } from '../stack/lock.ts';
import { run } from '../stack/run.ts';
import { until } from '../stack/until.ts';

const version = 'v1.8.0';
const folder = join(cacheFolder, `versitygw-${version}`);
const program = join(folder, 'versitygw');
const buildDeadlineMs = 1_800_000;

async function isBuilt(): Promise<boolean> {
  return access(program).then(
    () => true,
    () => false,
  );
}

/** Builds an S3 server from its Go modules: once a machine, outside every checkout. */
export async function ensureS3Server(say: (line: string) => void): Promise<void> {
  if (await isBuilt()) return;
  const build = async (): Promise<void> => {
    if (await isBuilt()) return;
    const go = await ensureGo(say);
    say('Building an S3 server, once on this machine: 2 to 4 minutes');
    const bin = join(folder, 'build');
    // One that was killed may have left something.
    await rm(bin, { recursive: true, force: true });
    await mkdir(bin, { recursive: true });
    await run(go, ['install', `github.com/versity/versitygw/cmd/versitygw@${version}`], {
      env: { GOBIN: bin, CGO_ENABLED: '0' },
      timeoutMs: buildDeadlineMs,
    });
    // Whole or not at all: whoever finds it under its name uses it.
    await rename(join(bin, 'versitygw'), program);
    await rm(bin, { recursive: true });
  };
  await alone('versitygw', build, buildDeadlineMs);
}

export interface S3Server {
  readonly endpoint: string;
  readonly bucket: string;
  /** Where the server keeps its objects, as files. */
  readonly folder: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly pid: number;
  stop(): Promise<void>;
}

/** A throw-away S3 server on a loopback port, with an empty bucket. Its folder is removed by `stop`. */
export async function startS3Server(): Promise<S3Server> {
  const root = await mkdtemp(join(tmpdir(), 's3-'));
  const bucket = 'backups';
  await mkdir(join(root, 'data', bucket), { recursive: true });
  const credentials = { accessKeyId: 'site', secretAccessKey: randomBytes(18).toString('base64url') };
  const port = await freePort();
  const child = spawn(program, ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', join(root, 'data')], {
    env: { ROOT_ACCESS_KEY: credentials.accessKeyId, ROOT_SECRET_KEY: credentials.secretAccessKey },
    stdio: 'ignore',
  });
  const closed = once(child, 'close');
  const endpoint = `http://127.0.0.1:${port}`;
  await until('the S3 server', async () =>
    fetch(endpoint).then(
      () => true,
      () => false,
    ),
  );
  return {
    endpoint,
    bucket,
    folder: join(root, 'data', bucket),
    credentials,
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGKILL');
      await closed;
      await rm(root, { recursive: true, force: true });
    },
  };
}
