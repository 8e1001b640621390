import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isBackupError } from '../../src/errors.ts';
import { recover } from '../../src/operations/recover.ts';
import { openLocal } from '../../src/remote/local.ts';
import type { Remote } from '../../src/remote/remote.ts';
import { openSsh } from '../../src/remote/ssh.ts';
import { openTestSite, type TestSite } from '../site.ts';

let site: TestSite;
let home: string;

beforeAll(async () => {
  site = await openTestSite({ seed: false });
  home = await mkdtemp(join(tmpdir(), 'candig-home-'));
});

afterAll(async () => {
  await rm(home, { recursive: true, force: true });
  await site?.[Symbol.asyncDispose]();
});

async function refusal(remote: Remote) {
  const error = await site.backUp({ remote }).catch((reason: unknown) => reason);
  if (!isBackupError(error)) throw error;
  expect((await site.list()).backups).toEqual([]);
  return error;
}

test('a host without docker, one that denies it, and one whose daemon is down are told apart', async () => {
  const bin = join(home, 'bin-without-docker');
  await mkdir(bin);
  for (const program of ['sh', 'mkdir', 'flock', 'cat', 'timeout', 'head', 'rm']) {
    await symlink(`/usr/bin/${program}`, join(bin, program));
  }
  await using missing = openLocal({ PATH: bin, HOME: home });

  await using down = openLocal({ PATH: process.env.PATH, HOME: home, DOCKER_HOST: `unix://${home}/no.sock` });

  const { stack } = site;
  const asRoot = ['exec', stack.containers.sshd, 'sh', '-c'] as const;
  await stack.docker(...asRoot, "useradd --create-home --shell /bin/bash outsider && usermod -p '*' outsider");
  const { host, port, privateKey, knownHosts } = stack;
  await using denied = await openSsh({ host, port, user: 'outsider', privateKey, knownHosts });

  const errors = [await refusal(missing), await refusal(denied), await refusal(down)];
  expect(errors.map(({ code }) => code)).toEqual(['docker-missing', 'docker-denied', 'docker-down']);
  expect(new Set(errors.map(({ message }) => message)).size).toBe(3);
  expect(errors.every(({ hint }) => hint !== undefined)).toBe(true);
  console.log(errors.map(({ message }) => message).join('\n'));
});

test('a project that is not there is said to be missing, with advice', async () => {
  const host = { remote: site.remote, project: 'nosuchproject' };
  const error = await recover(host, site.context()).catch((reason: unknown) => reason);
  expect(isBackupError(error, 'service-missing')).toBe(true);
  expect((error as { hint?: string }).hint).toContain('nosuchproject');
});
