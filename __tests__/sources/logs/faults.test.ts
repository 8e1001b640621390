import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Remote } from '../../../src/remote/remote.ts';
import { chooseHelper, helperCommand, newHelperName } from '../../../src/sources/logs/helper.ts';
import { inspectInflated } from '../../../src/sources/logs/inspector.ts';
import { logsParts } from '../../../src/sources/logs/logs.ts';
import { relay } from '../../../src/sources/logs/relay.ts';
import { parseFolderReport } from '../../../src/sources/logs/report.ts';
import { archive, watched } from '../../../src/sources/logs/scripts.ts';
import type { Dump } from '../../../src/sources/source.ts';
import { removeOwnContainers } from '../../../src/stack/own-containers.ts';
import { docker, run } from '../../stack/run.ts';
import { until } from '../../stack/until.ts';
import { heldUp, type LogSite, makeLogSite, takePart } from './log-site.ts';

const signal = new AbortController().signal;

/** Begins to read, and reads no further than that it has begun. */
async function beginDump(site: LogSite, remote?: Remote): Promise<Dump> {
  const [part] = await logsParts(await site.host(remote));
  if (part === undefined) throw new Error('there is no part');
  return await part.begin({ signal });
}

/** Does `injure` once some bytes have come, then reads on to the end. */
async function readThrough(dump: Dump, injure: () => Promise<unknown>): Promise<unknown> {
  let isHurt = false;
  const reading = (async () => {
    for await (const _ of dump.content) {
      if (!isHurt) await injure();
      isHurt = true;
    }
  })();
  return await reading.then(
    () => 'it ended as if all were well',
    (error: unknown) => error,
  );
}

const nothingLeft = async (site: LogSite, deadlineMs?: number) =>
  await until('no helper is left', async () => (await site.helpers()).length === 0, deadlineMs);

describe.each(['zstd', 'busybox'] as const)('while logs are read (%s)', (kind) => {
  let site: LogSite;
  beforeEach(async () => {
    site = await makeLogSite(kind);
    // Nothing that would shrink, so that the reading is under way for a while.
    await writeFile(join(site.logs, 'big.log'), randomBytes(60_000_000));
  });
  afterEach(async () => await site?.[Symbol.asyncDispose]());

  const compressor = kind === 'zstd' ? 'zstd' : 'gzip';

  test('a helper that is killed makes an error, worth one more try, and nothing is left', async () => {
    await using dump = await beginDump(site);
    // Not waited for: Docker answers only once what the helper has said is read.
    const kill = async () => void docker(['kill', ...(await site.helpers())]).catch(() => {});
    const error = await readThrough(dump, kill);
    expect(error).toMatchObject({ code: 'dump-ended' });
    await expect(dump.evidence()).rejects.toMatchObject({ code: 'dump-ended' });
    await nothingLeft(site);
    const { evidence } = await takePart((await logsParts(await site.host()))[0], 'folder');
    expect(evidence.files).toBe(1);
  });

  test.each(['tar', compressor])('%s that is killed makes an error', async (program) => {
    await using dump = await beginDump(site);
    const error = await readThrough(dump, async () => await killInHelper(site, program));
    expect(error).toMatchObject({ code: 'dump-failed' });
    await nothingLeft(site);
  });

  test('a docker client that is killed on the host ends the helper too', async () => {
    await using dump = await beginDump(site);
    const error = await readThrough(dump, async () => await killClient(site));
    expect(error).toMatchObject({ code: expect.stringMatching(/^dump-(ended|failed)$|^connection-lost$/) });
    await nothingLeft(site, 10_000);
  });

  test('a dump that is let go of half-way leaves nothing', async () => {
    {
      await using dump = await beginDump(site);
      for await (const _ of dump.content) break;
    }
    await nothingLeft(site, 10_000);
  });

  test('a cancelled dump says so and leaves nothing', async () => {
    const [part] = await logsParts(await site.host());
    const cancel = new AbortController();
    {
      await using dump = await (part as NonNullable<typeof part>).begin({ signal: cancel.signal });
      const error = await readThrough(dump, async () => cancel.abort());
      expect(error).toMatchObject({ code: 'cancelled' });
    }
    await nothingLeft(site, 10_000);
  });
});

test('a helper that hears nothing from us ends by itself, though it is not done', async () => {
  await using site = await makeLogSite('gnu');
  // Alive, and silent: no dot ever arrives, nor the end of the input.
  const silent: Remote = {
    ...site.remote,
    open(command, options) {
      const stream = site.remote.open(command, options);
      stream.write = () => true;
      return stream;
    },
  };
  await using dump = await beginDump(site, heldUp(silent));
  await expect(buffer(dump.content)).rejects.toMatchObject({ code: 'dump-ended' });
  await nothingLeft(site);
});

test('leftovers of earlier runs are ended by id, and those of others are not', async () => {
  await using site = await makeLogSite('gnu');
  await using other = await makeLogSite('gnu');
  await using earlier = await beginDump(site, heldUp(site.remote));
  await using _others = await beginDump(other, heldUp(other.remote));
  const ending = buffer(earlier.content).catch((error: unknown) => error);
  await until('both work', async () => (await site.runs('sleep')) && (await other.runs('sleep')));
  expect(await removeOwnContainers(site.remote, site.project)).toBe(1);
  await nothingLeft(site);
  expect(await other.helpers()).toHaveLength(1);
  expect(await ending).toMatchObject({ code: 'dump-ended' });
});

test('what is not the whole output of the script is never taken for it', async () => {
  await using site = await makeLogSite('gnu');
  await writeFile(join(site.logs, 'a.log'), 'a'.repeat(100_000));
  const host = await site.host();
  const marker = randomBytes(24).toString('hex');
  const args = ['600', archive, 'gnu', 'gzip', marker];
  const mounts = { '/from/logs': site.logs };
  const { image } = await chooseHelper(host);
  const command = helperCommand(host, { image, name: newHelperName(), mounts, script: watched, args });
  const stream = site.remote.open(command);
  stream.write('.');
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk);
    if (Buffer.concat(chunks).toString('latin1').endsWith('\nend\n')) stream.end();
  }
  const whole = Buffer.concat(chunks);
  const relayed = (bytes: Buffer) =>
    relay({
      what: 'Read',
      output: Readable.from([bytes.subarray(0, 100), bytes.subarray(100)]),
      marker,
      inspector: inspectInflated('gzip', () => {}),
      onReport: () => {},
      translate: (error) => error,
    });
  for (let length = 0; length < whole.length; length += 1) {
    const { content, report } = relayed(whole.subarray(0, length));
    const [read, said] = await Promise.allSettled([buffer(content), report]);
    expect([read.status, said.status], `cut at ${length}`).toEqual(['rejected', 'rejected']);
  }
  const { content, report } = relayed(whole);
  expect((await buffer(content)).length).toBe(whole.indexOf(`\n${marker}`));
  expect(parseFolderReport(await report)).toMatchObject({ listed: 1, missing: 0 });
});

/** Kills a program in the helper, from outside: the helper itself has no program for it. */
async function killInHelper(site: LogSite, program: string): Promise<void> {
  const [helper = ''] = await site.helpers();
  const lines = (await docker(['top', helper, '-eo', 'pid,comm'])).split('\n');
  const pids = lines
    .filter((line) => line.trim().endsWith(` ${program}`))
    .map((line) => line.trim().split(' ')[0] ?? '');
  expect(pids.length).toBeGreaterThan(0);
  await run('kill', ['-KILL', ...pids]);
}

/** Kills the docker client that runs the helper; it knows it by the name in its arguments. */
async function killClient(site: LogSite): Promise<void> {
  const [helper = ''] = await site.helpers();
  const name = (await docker(['inspect', '--format', '{{.Name}}', helper])).slice(1);
  const pids = (await run('pgrep', ['-f', `^docker run .*${name}`])).trim().split('\n');
  expect(pids).toHaveLength(1);
  await run('kill', ['-KILL', ...pids]);
}
