import { once } from 'node:events';
import ssh2, { type ServerChannel } from 'ssh2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Remote } from '../../src/remote/remote.ts';
import { openSsh } from '../../src/remote/ssh.ts';
import { type Sshd, startSshd } from './sshd.ts';

// A server that misbehaves in ways OpenSSH cannot be made to: what is not exit 0 after all data is never success.

type Behaviour = (channel: ServerChannel, hangUp: () => void) => void;

const lies: Record<string, readonly [Behaviour, string]> = {
  'exit status 0 before the data, then a dead connection': [
    (channel, hangUp) => {
      channel.exit(0);
      channel.write(Buffer.alloc(100_000), hangUp);
    },
    'connection-lost',
  ],
  'exit status 0 and end of data, then a dead connection': [
    (channel, hangUp) => {
      channel.write(Buffer.alloc(1000));
      channel.exit(0);
      channel.eof();
      setImmediate(hangUp);
    },
    'connection-lost',
  ],
  'data and end of data, then close without a status': [
    (channel) => {
      channel.write(Buffer.alloc(1000));
      channel.end();
    },
    'command-failed',
  ],
  'nothing but close': [(channel) => channel.close(), 'command-failed'],
  'death by a signal': [
    (channel) => {
      channel.exit('SEGV', true, 'x');
      channel.end();
    },
    'command-failed',
  ],
  'status 0 after a signal': [
    (channel) => {
      channel.exit('KILL', false, '');
      channel.exit(0);
      channel.end();
    },
    'command-failed',
  ],
  'status 1 and then status 0': [
    (channel) => {
      channel.exit(1);
      channel.exit(0);
      channel.end();
    },
    'command-failed',
  ],
  'status 4294967296 minus 256': [
    (channel) => {
      channel.exit(4_294_967_040);
      channel.end();
    },
    'command-failed',
  ],
};

let sshd: Sshd;
let server: ssh2.Server;
let remote: Remote;
let behaviour: Behaviour | undefined;

beforeAll(async () => {
  sshd = await startSshd();
  server = new ssh2.Server({ hostKeys: [sshd.privateKey] }, (client) => {
    client.on('authentication', (attempt) => attempt.accept());
    client.on('error', () => {});
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec, _reject, { command }) => {
        const channel = acceptExec();
        channel.on('error', () => {});
        if (behaviour !== undefined) return behaviour(channel, () => destroySocket(client));
        // The first command proves the login: it is answered as asked.
        channel.write(
          command
            .replace(/^'printf' '%s' '/, '')
            .replace(/'$/, '')
            .replaceAll("'\\''", "'"),
        );
        channel.exit(0);
        channel.end();
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const key = ssh2.utils.parseKey(sshd.privateKey);
  if (key instanceof Error) throw key;
  const knownHosts = `[127.0.0.1]:${port} ssh-ed25519 ${key.getPublicSSH().toString('base64')}\n`;
  remote = await openSsh({ ...sshd, port, knownHosts });
});
afterAll(async () => {
  await remote[Symbol.asyncDispose]();
  server.close();
  await sshd.stop();
});

test.each(Object.entries(lies))('%s is no success', async (_name, [lie, code]) => {
  behaviour = lie;
  await expect(remote.run(['x'])).rejects.toMatchObject({ code });
  const read = async () => {
    for await (const _ of remote.read(['x']));
  };
  await expect(read()).rejects.toMatchObject({ code });
});

function destroySocket(client: ssh2.Connection): void {
  (client as unknown as { _sock: { destroy(): void } })._sock.destroy();
}
