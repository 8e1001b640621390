import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { logsParts } from '../../../src/sources/logs/logs.ts';
import { type LogService, type LogSite, makeLogSite, takePart } from './log-site.ts';

/** How other containers of CanDIG tell where the checkout is. */
const katsu = ({ checkout }: LogSite): LogService => ({
  service: 'katsu',
  mounts: { '/run/secrets/vault-approle-token': `${checkout}/tmp/vault/approle-token` },
  labels: [`com.docker.compose.project.working_dir=${checkout}/lib/candigv2`],
});
const redis = ({ checkout }: LogSite): LogService => ({
  service: 'redis',
  labels: [`com.docker.compose.project.working_dir=${checkout}/lib/candigv2`],
});

const folderOf = async (site: LogSite) => (await takePart((await logsParts(await site.host()))[0], 'folder')).evidence;

test('fluentd says where the logs are, whatever the folder is called and though it does not run', async () => {
  await using site = await makeLogSite('gnu', ({ checkout, ...rest }) => [
    { service: 'fluentd', mounts: { '/logging': `${checkout}/some, "where" else`, '/fluentd/etc': checkout } },
    katsu({ checkout, ...rest }),
  ]);
  await mkdir(join(site.checkout, 'some, "where" else'));
  await writeFile(join(site.checkout, 'some, "where" else', 'a.log'), 'a');
  await writeFile(join(site.logs, 'not.log'), 'b');
  expect(await folderOf(site)).toMatchObject({
    from: `${site.checkout}/some, "where" else`,
    foundBy: 'fluentd',
    files: 1,
  });
});

test('a folder that fluentd names and that is not there any more is an error', async () => {
  await using site = await makeLogSite('gnu');
  await rm(site.logs, { recursive: true });
  const [part] = await logsParts(await site.host());
  await expect(takePart(part, 'folder')).rejects.toMatchObject({
    code: 'dump-failed',
    message: expect.stringContaining('the folder is not there'),
  });
});

describe.each([
  ['a secret', katsu],
  ['a label', redis],
])('where fluentd is gone, %s leads to the checkout', (_what, service) => {
  test('and to whichever of the two folders is there', async () => {
    await using site = await makeLogSite('gnu', (its) => [service(its)]);
    await writeFile(join(site.logs, 'a.log'), 'a');
    expect(await folderOf(site)).toMatchObject({ from: site.logs, foundBy: 'checkout', files: 1 });
    await rm(site.logs, { recursive: true });
    const other = join(site.checkout, 'tmp/logging');
    await mkdir(other);
    expect(await folderOf(site)).toMatchObject({ from: other, files: 0 });
  });

  test('and to the one that holds something', async () => {
    await using site = await makeLogSite('busybox', (its) => [service(its)]);
    const other = join(site.checkout, 'tmp/logging');
    await mkdir(other);
    await writeFile(join(other, '.20240101_0.log'), 'a');
    expect(await folderOf(site)).toMatchObject({ from: other, files: 1 });
  });

  test('where nothing is guessed if both hold something, or neither is there', async () => {
    await using site = await makeLogSite('gnu', (its) => [service(its)]);
    const other = join(site.checkout, 'tmp/logging');
    await mkdir(other);
    // Both are empty: as good as both full.
    await expect(logsParts(await site.host())).rejects.toMatchObject({ message: expect.stringContaining('both') });
    await writeFile(join(site.logs, 'a.log'), 'a');
    await writeFile(join(other, 'b.log'), 'b');
    await expect(logsParts(await site.host())).rejects.toMatchObject({
      code: 'dump-failed',
      message: expect.stringContaining('there are both tmp/logs and tmp/logging'),
    });
    await rm(site.logs, { recursive: true });
    await rm(other, { recursive: true });
    await expect(logsParts(await site.host())).rejects.toMatchObject({
      code: 'dump-failed',
      message: expect.stringContaining('neither tmp/logs nor tmp/logging'),
    });
    expect(await site.helpers()).toEqual([]);
  });
});

test('two checkouts are not chosen between, and none is said', async () => {
  await using site = await makeLogSite('gnu', ({ checkout }) => [
    { service: 'katsu', mounts: { '/run/secrets/a': `${checkout}/one/tmp/vault/approle-token` } },
    { service: 'htsget', mounts: { '/run/secrets/a': `${checkout}/two/tmp/vault/approle-token` } },
  ]);
  await expect(logsParts(await site.host())).rejects.toMatchObject({
    code: 'dump-failed',
    message: expect.stringContaining('one of 2 checkouts'),
  });
  await using bare = await makeLogSite('gnu', () => [{ service: 'opa' }]);
  await expect(logsParts(await bare.host())).rejects.toMatchObject({
    code: 'dump-failed',
    message: expect.stringContaining('no container says'),
  });
});

test('a project without a container, or without an image that can read logs, is said to be so', async () => {
  await using site = await makeLogSite('gnu', () => []);
  await expect(logsParts(await site.host())).rejects.toMatchObject({ code: 'service-missing' });
});
