import { text } from 'node:stream/consumers';
import ssh2 from 'ssh2';
import type { TestStack } from './stack.ts';

/** Runs one shell line on the stack's host as `deploy`, checking the host's key; rejects if it did not exit 0. */
export async function onHost(stack: TestStack, line: string): Promise<string> {
  const client = new ssh2.Client();
  try {
    await new Promise<void>((resolve, reject) => {
      client.once('ready', resolve).once('error', reject);
      client.connect({
        host: stack.host,
        port: stack.port,
        username: stack.user,
        privateKey: stack.privateKey,
        hostVerifier: (key: Buffer) => stack.knownHosts.includes(key.toString('base64')),
      });
    });
    return await new Promise<string>((resolve, reject) => {
      client.exec(line, (error, channel) => {
        if (error) return reject(error);
        const output = Promise.all([text(channel), text(channel.stderr)]);
        channel.once('close', (status: number | null) => {
          output.then(([out, complaint]) => {
            if (status === 0) resolve(out);
            else reject(new Error(`${line} ended with ${status}: ${complaint}`));
          }, reject);
        });
      });
    });
  } finally {
    client.end();
  }
}
