import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openLocal } from '../../../src/remote/local.ts';
import type { Remote } from '../../../src/remote/remote.ts';
import { endLeftoverHelpers } from '../../../src/sources/logs/helper.ts';
import { logsParts } from '../../../src/sources/logs/logs.ts';
import type { Dump } from '../../../src/sources/source.ts';
import { docker, run } from '../../stack/run.ts';
import { until } from '../../stack/until.ts';
import { imageKinds } from './images.ts';
import { type LogSite, makeLogSite, takePart } from './log-site.ts';

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

describe.each(imageKinds)('while logs are read (%s)', (kind) => {
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
    const error = await readThrough(dump, async () => await docker(['kill', ...(await site.helpers())]));
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

test('a helper that hears nothing from us ends by itself', async () => {
  await using site = await makeLogSite('gnu');
  await writeFile(join(site.logs, 'big.log'), randomBytes(60_000_000));
  // Alive, and silent: no dot ever arrives, nor the end of the input.
  const silent: Remote = {
    ...site.remote,
    open(command, options) {
      const stream = site.remote.open(command, options);
      stream.write = () => true;
      return stream;
    },
  };
  await using dump = await beginDump(site, silent);
  let bytes = 0;
  for await (const chunk of dump.content) {
    bytes += chunk.length;
    break;
  }
  expect(bytes).toBeGreaterThan(0);
}, 90_000);

test('leftovers of earlier runs are ended by id, our own and those of others are not', async () => {
  await using site = await makeLogSite('gnu');
  await using other = await makeLogSite('gnu');
  await writeFile(join(site.logs, 'big.log'), randomBytes(60_000_000));
  await writeFile(join(other.logs, 'big.log'), randomBytes(60_000_000));
  await using earlier = await beginDump(site);
  await using others = await beginDump(other);
  for await (const _ of earlier.content.iterator({ destroyOnReturn: false })) break;
  for await (const _ of others.content.iterator({ destroyOnReturn: false })) break;
  expect(await endLeftoverHelpers(site.remote, site.project, 'candig-backup/now')).toBe(0);
  expect(await site.helpers()).toHaveLength(1);
  expect(await endLeftoverHelpers(site.remote, site.project, 'candig-backup/later')).toBe(1);
  expect(await site.helpers()).toEqual([]);
  expect(await other.helpers()).toHaveLength(1);
  await expect(buffer(earlier.content)).rejects.toMatchObject({ code: 'dump-ended' });
  await buffer(others.content);
});

test('what is not the whole output of the script is never taken for it', async () => {
  await using site = await makeLogSite('gnu');
  await writeFile(join(site.logs, 'a.log'), 'a'.repeat(100_000));
  // A host whose docker exits 0 after part of the output.
  for (const bytes of [0, 1, 100, 200, 300, 400, 480, 500, 520]) {
    await using machine = openLocal();
    const cut: Remote = {
      ...machine,
      open: (command, options) =>
        command[1] === 'run'
          ? machine.open(['sh', '-c', `"$@" | head -c ${bytes}; exit 0`, 'sh', ...command], options)
          : machine.open(command, options),
    };
    await using dump = await beginDump(site, cut);
    const error = await buffer(dump.content).then(
      () => 'it ended as if all were well',
      (reason: unknown) => reason,
    );
    expect(error, `cut at ${bytes}`).toMatchObject({ code: expect.stringMatching(/^(dump|check)-failed$/) });
    await expect(dump.evidence()).rejects.toBeDefined();
  }
  await nothingLeft(site);
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
