import { BackupError } from '../../errors.ts';
import type { Command } from '../../remote/remote.ts';
import { translateDockerError } from '../../stack/docker.ts';
import type { Runner } from '../../stack/lock.ts';
import { ownLabels } from '../../stack/own-containers.ts';

/** Where a short script runs: a container that is gone after it, without a network, of an image that is there. */
export interface Helper {
  readonly image: string;
  /** The compose project it works for. */
  readonly project: string;
  /** Full id of the container whose volumes it sees. */
  readonly volumesFrom: string;
  /** `ro`: it cannot write to them. */
  readonly access: 'ro' | 'rw';
  /** More of the host, as `docker run --mount` takes it: made by `bindMount` or `volumeMount`. */
  readonly mounts?: readonly string[];
}

export function bindMount(source: string, target: string, access: 'ro' | 'rw'): string {
  if (!source.startsWith('/')) throw new BackupError('input-invalid', 'A folder to mount has no path');
  return `type=bind,${csv(`source=${source}`)},target=${target}${access === 'ro' ? ',readonly' : ''}`;
}

/** Read only. */
export function volumeMount(name: string, target: string): string {
  return `type=volume,${csv(`source=${name}`)},target=${target},readonly,volume-nocopy`;
}

/** The command that runs `script` in a helper; `args` are its `$1`, `$2` and so on. Never a secret: it reads those. */
export function helperCommand(helper: Helper, script: string, args: readonly string[] = []): Command {
  const { image, project, volumesFrom, access, mounts = [] } = helper;
  return [
    ...(['docker', 'run', '--rm', '--interactive', '--network=none', '--log-driver=none', '--pull=never'] as const),
    ...ownLabels(project, 'helper'),
    ...['--user=0', `--volumes-from=${volumesFrom}:${access}`, ...mounts.map((mount) => `--mount=${mount}`)],
    ...['--entrypoint=sh', image, '-c', `set -eu\n${script}`, 'sh', ...args],
  ];
}

/** Runs `script` in a helper and gives its standard output. `what` names it in an error. */
export async function runInHelper(
  host: Runner,
  what: string,
  helper: Helper,
  script: string,
  { args, input, timeoutMs = 120_000, signal }: HelperOptions = {},
): Promise<string> {
  const options = { timeoutMs, ...(input === undefined ? {} : { input }), ...(signal === undefined ? {} : { signal }) };
  return await host.run(helperCommand(helper, script, args), options).catch((error: unknown) => {
    throw translateDockerError(error, what, host.name);
  });
}

export interface HelperOptions {
  readonly args?: readonly string[];
  /** The script's standard input. */
  readonly input?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

function csv(field: string): string {
  return /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
