import type { TestStack } from '../stack/stack.ts';

/**
 * Puts a `docker` of our own before the real one on the path of the host's user: `rule` is shell text that looks at the
 * arguments, and may end or change things; what it lets through the real one does. Disposing of it takes it away.
 */
export async function fakeDocker(stack: TestStack, rule: string): Promise<AsyncDisposable> {
  const sshd = stack.containers.sshd;
  const script = `#!/bin/bash\nreal=/usr/bin/docker\n${rule}\nexec $real "$@"\n`;
  const at = '/usr/local/bin/docker';
  const write = `printf %s "$1" > ${at}.new && chmod 755 ${at}.new && mv ${at}.new ${at}`;
  await stack.docker('exec', sshd, 'sh', '-c', write, 'sh', script);
  return { [Symbol.asyncDispose]: async () => void (await stack.docker('exec', sshd, 'rm', '-f', at)) };
}

/** A rule by which fluentd dies as soon as services are stopped, so that those that log through it cannot be started. */
export function loseFluentd({ containers }: TestStack): string {
  return `if [ "$1" = stop ]; then $real "$@"; code=$?; $real kill ${containers.fluentd} > /dev/null 2>&1; exit $code; fi`;
}
