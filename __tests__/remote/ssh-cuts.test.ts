import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Remote } from '../../src/remote/remote.ts';
import { openSsh } from '../../src/remote/ssh.ts';
import { startProxy, type TcpProxy } from './proxy.ts';
import { descendantsOf, type Sshd, startSshd, tryKill } from './sshd.ts';

const total = 3_000_000;
const offsets = [0, 1, 4095, 65_535, 65_536, 65_537, 1_048_576, total / 2, total - 1];

let sshd: Sshd;
let proxy: TcpProxy;
let remote: Remote;
beforeAll(async () => {
  sshd = await startSshd({ user: 'guest' });
});
afterAll(() => sshd.stop());
beforeEach(async () => {
  proxy = await startProxy(sshd.port);
  remote = await open();
});
afterEach(async () => {
  await remote[Symbol.asyncDispose]();
  await proxy.stop();
});

const open = (keepaliveMs = 100) => {
  const knownHosts = sshd.knownHosts.replaceAll(`:${sshd.port}`, `:${proxy.port}`);
  return openSsh({ ...sshd, port: proxy.port, knownHosts, keepaliveMs });
};

const cuts = {
  'the session of sshd is killed': async () => {
    for (const pid of await descendantsOf(sshd.pid)) tryKill(pid);
  },
  'the connection is closed': async () => proxy.cut('close'),
  'the connection is reset': async () => proxy.cut('reset'),
  'the connection falls silent': async () => proxy.cut('silence'),
};
const lost = { code: 'connection-lost' };
const sends = (size: number, after: string) => ['sh', '-c', `head -c ${size} /dev/zero; ${after}`] as const;

describe.each(Object.entries(cuts))('when %s', (_name, cut) => {
  test.each(offsets)('after %i bytes, a read ends in an error', async (offset) => {
    const read = remote.read(sends(offset, `sleep 1000; head -c ${total - offset} /dev/zero`));
    expect(await cutAfter(read, offset)).toMatchObject(lost);
  });

  test('after the last byte but before the exit status, a read ends in an error', async () => {
    expect(await cutAfter(remote.read(sends(total, 'sleep 1000')), total)).toMatchObject(lost);
  });

  test('somewhere in a flood, a read ends in an error', async () => {
    expect(await cutAfter(remote.read(['cat', '/dev/zero']), 50_000_000)).toMatchObject(lost);
  });

  test('while nobody reads, a read ends in an error', async () => {
    const read = remote.read(['cat', '/dev/zero']);
    await once(read, 'readable');
    const failed = once(read, 'error');
    await cut();
    expect((await failed)[0]).toMatchObject(lost);
  });

  test('a write under way is rejected', async () => {
    const block = Buffer.alloc(65_536);
    let sent = 0;
    async function* input() {
      for (; ; sent += 1) {
        if (sent === 100) await cut();
        yield block;
      }
    }
    await expect(remote.write(['sh', '-c', 'cat >/dev/null'], Readable.from(input()))).rejects.toMatchObject(lost);
  });

  test('a write whose program still works is rejected', async () => {
    const started = remote.open(['sh', '-c', 'cat; echo all read; sleep 1000']);
    started.end('input');
    await once(started, 'data');
    await cut();
    await expect(started.ended).rejects.toMatchObject(lost);
  });

  test('an open program and commands beside it are rejected, and the next command works', async () => {
    const stream = remote.open(['cat']);
    stream.write('x');
    await once(stream, 'data');
    const running = [1, 2, 3].map(() => remote.run(['sh', '-c', 'sleep 1000']));
    const ends = Promise.allSettled([stream.ended, ...running]);
    await cut();
    for (const end of await ends) expect(end).toMatchObject({ status: 'rejected', reason: lost });
    expect(await remote.run(['echo', 'again'])).toBe('again\n');
  });

  async function cutAfter(read: Readable, offset: number): Promise<unknown> {
    let sizeBytes = 0;
    let isCut = false;
    const ended = new Promise((resolve) => {
      read.once('error', resolve);
      read.once('end', () => resolve(new Error(`${sizeBytes} bytes were taken for whole`)));
    });
    const reached = new Promise<void>((resolve) => {
      read.on('data', (chunk: Buffer) => {
        sizeBytes += chunk.length;
        if (sizeBytes < offset || isCut) return;
        isCut = true;
        resolve();
      });
    });
    await (offset === 0 ? until(isAsleep) : reached);
    await cut();
    return ended;
  }
});

test('a silent connection ends every call within 10 seconds with the usual settings', async () => {
  await using usual = await open(1000);
  const reading = usual.read(['cat', '/dev/zero']);
  await once(reading, 'readable');
  const paused = once(reading, 'error');
  const opened = usual.open(['cat']);
  opened.write('x');
  await once(opened, 'data');
  const running = usual.run(['sleep', '1000']);
  const ends = Promise.allSettled([paused, opened.ended, running]);
  const start = performance.now();
  proxy.cut('silence');
  const late = usual.run(['true']);
  await expect(late).rejects.toMatchObject(lost);
  await ends;
  expect(performance.now() - start).toBeLessThan(10_000);
  await expect(opened.ended).rejects.toMatchObject(lost);
  await expect(running).rejects.toMatchObject(lost);
});

test('a connection that stands still for less is kept', async () => {
  await using usual = await open(1000);
  const stream = usual.open(['cat']);
  stream.write('before');
  await once(stream, 'data');
  const pids = await descendantsOf(sshd.pid);
  for (const pid of pids) tryKill(pid, 'SIGSTOP');
  const start = performance.now();
  await until(async () => performance.now() - start > 2500);
  for (const pid of pids) tryKill(pid, 'SIGCONT');
  stream.write('after');
  expect(String((await once(stream, 'data'))[0])).toBe('after');
  stream.end();
  stream.resume();
  await stream.ended;
});

async function isAsleep(): Promise<boolean> {
  const names = (await descendantsOf(sshd.pid)).map((pid) => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => ''));
  return (await Promise.all(names)).includes('sleep\n');
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
}
