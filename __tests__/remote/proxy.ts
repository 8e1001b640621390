import { once } from 'node:events';
import { createServer, connect as dial, type Socket } from 'node:net';
import type { SshLogin } from '../../src/ssh/login.ts';

/** How a connection through a proxy goes wrong. */
export type Cut = 'close' | 'reset' | 'silence';

export interface TcpProxy {
  readonly port: number;
  /** Spoils every connection there is. New ones work. */
  cut(how: Cut): void;
  stop(): Promise<void>;
}

/** The same login, through a proxy. */
export function loginThrough(proxy: TcpProxy, { host, port, user, privateKey, knownHosts }: SshLogin): SshLogin {
  const known = knownHosts.replaceAll(`:${port}`, `:${proxy.port}`);
  return { host, port: proxy.port, user, privateKey, knownHosts: known };
}

/** A loopback port that passes everything on to `port`, until it is cut. */
export async function startProxy(port: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const server = createServer((near) => {
    const far = dial(port, '127.0.0.1');
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.setNoDelay(true);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
      from.on('data', (chunk) => {
        if (!to.write(chunk)) from.pause();
      });
      to.on('drain', () => from.resume());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    cut(how) {
      for (const [near, far] of pairs) {
        if (how === 'close') near.destroy();
        if (how === 'reset') near.resetAndDestroy();
        if (how !== 'silence') continue;
        for (const socket of [near, far]) {
          socket.removeAllListeners('data').removeAllListeners('drain');
          socket.pause();
        }
      }
      if (how !== 'silence') pairs.clear();
    },
    async stop() {
      for (const [near, far] of pairs) {
        near.destroy();
        far.destroy();
      }
      server.close();
      await once(server, 'close');
    },
  };
}
