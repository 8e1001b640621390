import { info, warning } from '@actions/core';
import { inputsOf } from '../request/inputs.ts';
import { parseRequest } from '../request/parse.ts';
import { perform } from '../run/perform.ts';
import { listenForStop } from '../run/stop-signals.ts';
import { tell } from '../run/told.ts';
import { actionLog } from './action-log.ts';
import { inertLine } from './inert.ts';
import { type Environment, readInputs } from './read-inputs.ts';
import { isLeftUndone } from './state.ts';

/**
 * The post step, in a process of its own: if the main step began to change the host and did not come to a good end,
 * puts right what it left. Never fails the job: the main step has said what there is to say. Resolves, never rejects.
 */
export async function post(environment: Environment): Promise<void> {
  process.stdout.on('error', () => {});
  if (!isLeftUndone()) return;
  try {
    using log = actionLog(() => performance.now());
    using stop = listenForStop((line) => log.warn(line));
    const { given } = readInputs(environment);
    // The deadline of the main step was for the main step.
    const wanted = inputsOf('recover').filter(({ name }) => name !== 'timeout');
    const login = Object.fromEntries(wanted.map(({ name }) => [name, given[name]]));
    const request = parseRequest('recover', login);
    if (request.operation !== 'recover') return;
    const report = await perform(request, { log, signal: stop.signal, now: () => new Date() });
    if ('healed' in report && report.healed.length === 0) info('The host is as it should be');
  } catch (error) {
    const { message, hint } = tell(error);
    warning(
      [`The host could not be looked after: ${message}`, ...(hint === undefined ? [] : [hint])]
        .map(inertLine)
        .join('\n'),
    );
  }
}
