import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLocal } from '../../src/remote/local.ts';
import { dockerExec } from '../../src/stack/docker.ts';
import { startServer, type TestServer } from '../sources/postgres/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({});
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

test('every byte comes through docker exec as it is, since there is never a terminal', async () => {
  await using machine = openLocal();
  const command = dockerExec(server.container, [
    'bash',
    '-c',
    'for i in {0..255}; do printf "\\\\x$(printf %x $i)"; done',
  ]);
  expect(command).not.toContain('--tty');
  expect(command).not.toContain('-t');
  const bytes = await buffer(machine.read(command));
  expect([...bytes]).toEqual(Array.from({ length: 256 }, (_, value) => value));
});
