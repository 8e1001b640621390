import { randomBytes } from 'node:crypto';
import type { Container } from '../../stack/container.ts';
import type { Dump, Part } from '../source.ts';
import { type ContainerEvidence, gapsOf, logPartName } from './evidence.ts';
import {
  type Helper,
  helperCommand,
  type LogsHost,
  newHelperName,
  removeHelper,
  translateHelperError,
} from './helper.ts';
import { inspectInflated } from './inspector.ts';
import { relay } from './relay.ts';
import { compress, keptOutput } from './scripts.ts';

/**
 * What Docker has kept of a container's output, both streams with their times, as a part of a backup: a text, compressed
 * on the host. One that Docker could not give to its end, since the container was removed, is kept as far as it goes.
 */
export function containerLogPart(host: LogsHost, helper: Helper, service: string, container: Container): Part {
  const name = logPartName({ kind: 'container', service }, helper.compression);
  const what = `Read what ${container.name} has said`;

  async function begin({ signal }: { readonly signal: AbortSignal }): Promise<Dump> {
    const helperName = newHelperName();
    const marker = randomBytes(24).toString('hex');
    const compressing = helperCommand(host, {
      image: helper.image,
      name: helperName,
      mounts: {},
      script: compress,
      args: [helper.compression],
    });
    const command = ['sh', '-c', keptOutput, 'sh', marker, container.id, ...compressing] as const;
    const output = host.remote.read(command, { signal });
    let plainBytes = 0;
    let isOver = false;
    const { content, report } = relay({
      what,
      output,
      marker,
      inspector: inspectInflated(helper.compression, (plain) => {
        plainBytes += plain.length;
      }),
      onReport: () => {
        isOver = true;
      },
      translate: (error) => translateHelperError(error, what, host.remote.name),
    });
    const evidence = async (): Promise<ContainerEvidence> => {
      const whole = /^logs 0$/m.test(await report);
      const { compression } = helper;
      return { kind: 'container', service, container: container.name, compression, plainBytes, whole };
    };
    return {
      content,
      evidence,
      gaps: async () => gapsOf(await evidence()),
      [Symbol.asyncDispose]: async () => {
        content.destroy();
        if (!isOver) await removeHelper(host.remote, helperName);
      },
    };
  }

  return { name, begin };
}
