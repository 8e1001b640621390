import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Remote } from '../../../src/remote/remote.ts';
import { openSsh } from '../../../src/remote/ssh.ts';
import type { LogsHost } from '../../../src/sources/logs/helper.ts';
import { logsParts } from '../../../src/sources/logs/logs.ts';
import { readStack } from '../../../src/stack/stack.ts';
import { docker } from '../../stack/run.ts';
import { startStack, type TestStack } from '../../stack/stack.ts';
import { until } from '../../stack/until.ts';
import { type Taken, takePart } from './log-site.ts';

const canary = 'CANARY-UNSEAL-KEY-7f3a91';

let stack: TestStack;
let remote: Remote;
const host = async (): Promise<LogsHost> => ({
  remote,
  stack: await readStack(remote, stack.project),
  application: 'candig-backup/now',
});
const plainOf = ({ bytes, evidence }: Taken): string => {
  return (evidence.compression === 'zstd' ? zstdDecompressSync(bytes) : gunzipSync(bytes)).toString('latin1');
};

beforeAll(async () => {
  stack = await startStack({ seed: false });
  const { host: name, port, user, privateKey, knownHosts } = stack;
  remote = await openSsh({ host: name, port, user, privateKey, knownHosts });
  // What CanDIG's scripts print beside the logs.
  const tmp = join(stack.checkout, 'tmp');
  for (const path of ['progress.txt', 'error.txt', 'vault/keys.txt', 'logs.bak/old.log', 'logging2/x.log']) {
    await mkdir(join(tmp, path, '..'), { recursive: true });
    await writeFile(join(tmp, path), canary);
  }
});
afterAll(async () => {
  await remote?.[Symbol.asyncDispose]();
  await stack?.stop();
});

test("over SSH, fluentd's folder comes whole although the login may not read it, and nothing beside it", async () => {
  await docker(['exec', stack.containers.fluentd, 'chmod', '-R', 'go=', '/logging']);
  await expect(remote.run(['cat', join(stack.checkout, 'tmp/logs/.20240101_0.log')])).rejects.toMatchObject({
    code: 'command-failed',
  });
  const parts = await logsParts(await host());
  for (const part of parts) {
    const isFolder = part.name.startsWith('logs');
    const plain = plainOf(await takePart(part, isFolder ? 'folder' : 'container'));
    expect(plain).not.toContain(canary);
    if (isFolder) expect(plain).toContain('CANARY-DONOR-000001');
  }
  expect(parts.map(({ name }) => name.split('.')[0])).toEqual(expect.arrayContaining(['logs', 'redis', 'fluentd']));
});

test.each(['helper', 'login'] as const)(
  'a connection that dies on the way ends the helper with it (%s)',
  async (what) => {
    const logs = join(stack.checkout, 'tmp/logs');
    await docker(['exec', stack.containers.fluentd, 'sh', '-c', 'head -c 60000000 /dev/urandom > /logging/big']);
    const [part] = await logsParts(await host());
    await using dump = await (part as NonNullable<typeof part>).begin({ signal: new AbortController().signal });
    const reading = (async () => {
      let isHurt = false;
      for await (const _ of dump.content) {
        if (isHurt) continue;
        isHurt = true;
        // sshd's processes of this login, or the shells and clients it has started.
        const pattern = what === 'login' ? ['-f', 'sshd.*deploy'] : ['-u', 'deploy', '-f', 'docker run'];
        await docker(['exec', stack.containers.sshd, 'pkill', '-KILL', ...pattern]);
      }
    })();
    await expect(reading, logs).rejects.toMatchObject({
      code: expect.stringMatching(/^(connection-lost|dump-ended)$/),
    });
    const filter = `label=candig-backup.helper=${stack.project}`;
    await until(
      'the helper is gone',
      async () => (await docker(['ps', '--all', '--quiet', '--filter', filter])) === '',
      15_000,
    );
    const { evidence } = await takePart((await logsParts(await host()))[0], 'folder');
    expect(evidence.files).toBeGreaterThan(1);
  },
);

test('all of it works with every service down, and with all but one removed', async () => {
  const { sshd: _, fluentd, ...logging } = stack.containers;
  // fluentd last: what logs through it cannot stop without it.
  await docker(['stop', '--time', '1', ...Object.values(logging)]);
  await docker(['stop', '--time', '1', fluentd]);
  const down = await takePart((await logsParts(await host()))[0], 'folder');
  expect(plainOf(down)).toContain('CANARY-DONOR-000001');
  const { katsu: __, ...others } = { ...logging, fluentd };
  await docker(['rm', '--force', ...Object.values(others)]);
  const parts = await logsParts(await host());
  const left = await takePart(parts[0], 'folder');
  expect(left.evidence).toMatchObject({ foundBy: 'checkout', files: down.evidence.files });
  expect(plainOf(left)).not.toContain(canary);
  expect(parts).toHaveLength(1);
});
