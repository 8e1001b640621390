import type { Writable } from 'node:stream';
import { exitCodeOf } from '../errors.ts';
import { parseRequest } from '../request/parse.ts';
import { perform, type Report, refuseDegraded } from '../run/perform.ts';
import { listenForStop } from '../run/stop-signals.ts';
import { tell } from '../run/told.ts';
import { parseCommandLine } from './command-line.ts';
import type { Environment } from './environment.ts';
import { readGiven } from './given.ts';
import { type KeygenReport, keygen } from './keygen.ts';
import { showProgress } from './progress.ts';
import { reportText } from './report-text.ts';

/** What a terminal's program is given. */
export interface Surroundings {
  /** The words after the program's name. */
  readonly words: readonly string[];
  readonly environment: Environment;
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean };
}

/** Does what the command line asks. Resolves, never rejects, with the exit code. */
export async function main({ words, environment, stdout, stderr }: Surroundings): Promise<number> {
  // Whoever reads may go away before the end; what is under way must not suffer.
  for (const stream of [stdout, stderr]) stream.on('error', () => {});
  try {
    const asked = parseCommandLine(words);
    if ('text' in asked) {
      stdout.write(asked.text);
      return 0;
    }
    const request = parseRequest(asked.operation, await readGiven(asked.operation, asked.flags, environment));
    const report = request.operation === 'keygen' ? await keygen(request) : await watched(request, environment, stderr);
    stdout.write(asked.isJson ? `${JSON.stringify(report)}\n` : reportText(report));
    if (report.operation !== 'keygen') refuseDegraded(report);
    return 0;
  } catch (error) {
    const { message, hint, frames } = tell(error);
    stderr.write(
      `error: ${message}\n${hint === undefined ? '' : `${hint}\n`}${frames.map((line) => `${line}\n`).join('')}`,
    );
    return exitCodeOf(error);
  }
}

async function watched(
  request: Parameters<typeof perform>[0],
  environment: Environment,
  stderr: Surroundings['stderr'],
): Promise<Report | KeygenReport> {
  const isTerminal = stderr.isTTY === true && environment.CI === undefined;
  using log = showProgress({ isTerminal, write: (text) => stderr.write(text), now: () => performance.now() });
  using stop = listenForStop((line) => log.warn(line));
  return await perform(request, { log, signal: stop.signal, now: () => new Date() });
}
