import { buffer, text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLog } from '../../../src/log.ts';
import { newRunId } from '../../../src/operations/context.ts';
import { enterHost } from '../../../src/operations/site-access.ts';
import type { Remote } from '../../../src/remote/remote.ts';
import { openSsh } from '../../../src/remote/ssh.ts';
import { vaultKeysPart, vaultPart } from '../../../src/sources/vault/dump.ts';
import { startStack, type TestStack } from '../../stack/stack.ts';

let stack: TestStack;
let remote: Remote;
beforeAll(async () => {
  stack = await startStack({ vault: true, rows: 200, donors: 100 });
  const { host, port, user, privateKey, knownHosts } = stack;
  remote = await openSsh({ host, port, user, privateKey, knownHosts });
}, 180_000);
afterAll(async () => {
  await remote?.[Symbol.asyncDispose]();
  await stack?.stop();
});
test('a backup of Vault takes its storage as of one instant, and its keys apart, and leaves nothing', async () => {
  const context = { log: silentLog, signal: new AbortController().signal, now: () => new Date() };
  const runId = newRunId(context);
  await using access = await enterHost({ remote, project: stack.project }, 'backup', runId, context);
  const site = { remote, project: stack.project, runId, fenced: access.fenced, stack: access.stack };
  {
    await using dump = await vaultPart(site).begin({ signal: context.signal });
    const tar = await buffer(dump.content);
    expect(tar.includes('data/core/_master')).toBe(true);
    expect(await dump.evidence()).toMatchObject({ kind: 'storage', state: 'running', sealed: false, emptyFiles: 0 });
    await using keys = await vaultKeysPart(site).begin({ signal: context.signal });
    expect(await text(keys.content)).toContain((await stack.vaultKeys()).root);
    expect(await keys.evidence()).toEqual({ kind: 'keys', alike: true, serviceStores: true });
  }
  const ours = ['--filter', `label=candig-backup.project=${stack.project}`];
  expect(await stack.docker('ps', '--all', '--quiet', ...ours)).toBe('');
});
