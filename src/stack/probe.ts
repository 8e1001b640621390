import { setTimeout as delay } from 'node:timers/promises';
import type { CallOptions, Remote } from '../remote/remote.ts';
import type { Container } from './container.ts';
import { dockerExec } from './docker.ts';
import { findService, type Stack } from './stack.ts';

/**
 * A question that can only be answered from the database, unlike the containers' own health checks. The answer counts
 * as good if the status line carries one of `good`.
 */
interface Question {
  readonly service: string;
  readonly port: number;
  readonly path: string;
  readonly good: readonly number[];
}

const questions: readonly Question[] = [
  { service: 'katsu', port: 8000, path: '/v3/discovery/donors/', good: [200] },
  // Nobody is logged in and there is no such object; both answers come after a look into the database.
  { service: 'htsget', port: 3000, path: '/ga4gh/drs/v1/objects/none', good: [401, 403, 404] },
];

export interface ProbeResult {
  readonly service: string;
  readonly well: boolean;
}

/**
 * Asks the services that read the databases, those of them that run. The questions are put from inside the database's
 * container, which is on the same network and has bash, by bash's own sockets: no published port, no curl is needed.
 */
export async function probeServices(
  remote: Remote,
  stack: Stack,
  database: Container,
  options: CallOptions = {},
): Promise<ProbeResult[]> {
  const asked = questions.flatMap((question) => {
    const container = findService(stack, question.service);
    return container?.state === 'running' && container.addresses[0] !== undefined
      ? [{ ...question, address: container.addresses[0] }]
      : [];
  });
  return await Promise.all(
    asked.map(async ({ service, address, port, path, good }) => {
      const script =
        'exec 3<>"/dev/tcp/$1/$2" && printf "GET %s HTTP/1.0\\r\\nHost: %s\\r\\n\\r\\n" "$3" "$1" >&3 && head -n 1 <&3';
      const command = dockerExec(database.id, [
        'timeout',
        '5',
        'bash',
        '-c',
        script,
        'bash',
        address,
        String(port),
        path,
      ]);
      const answer = await remote.run(command, { timeoutMs: 15_000, ...options }).catch(() => '');
      const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1] ?? 0);
      return { service, well: good.includes(status) };
    }),
  );
}

/**
 * Probes until every service of `expected` is well, or the deadline has passed. Gives the services that are not.
 * `readAgain` looks at the stack anew: addresses can change with a start.
 */
export async function waitUntilWell(
  remote: Remote,
  readAgain: () => Promise<Stack>,
  database: Container,
  expected: readonly string[],
  deadlineMs: number,
  options: CallOptions = {},
): Promise<string[]> {
  const end = performance.now() + deadlineMs;
  const stack = await readAgain();
  for (;;) {
    const well = (await probeServices(remote, stack, database, options)).filter((result) => result.well);
    const unwell = expected.filter((service) => !well.some((result) => result.service === service));
    if (unwell.length === 0 || performance.now() > end) return unwell;
    options.signal?.throwIfAborted();
    await delay(100);
  }
}
