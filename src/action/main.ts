import { setFailed, setOutput, summary } from '@actions/core';
import { exitCodeOf, isBackupError } from '../errors.ts';
import { type OperationName, operations } from '../request/operations.ts';
import { parseRequest } from '../request/parse.ts';
import { type Performable, perform, type Report, refuseDegraded } from '../run/perform.ts';
import { listenForStop } from '../run/stop-signals.ts';
import { tell } from '../run/told.ts';
import { actionLog } from './action-log.ts';
import { inertLine } from './inert.ts';
import { outputsOf } from './outputs.ts';
import { type Environment, readInputs } from './read-inputs.ts';
import { refuseForeignEvent } from './refuse-event.ts';
import { isBeforeChanges, saveBegun, saveDone } from './state.ts';
import { summaryOf } from './summary.ts';

/** The main step of the action. Resolves, never rejects, with the exit code. */
export async function main(environment: Environment): Promise<number> {
  // The log may go away before the end; what is under way on the host must not suffer.
  process.stdout.on('error', () => {});
  try {
    refuseForeignEvent(environment);
    const { operation, given } = readInputs(environment);
    const request = parseRequest(operation, given);
    if (request.operation !== 'keygen') await present(await watched(request), environment);
    return 0;
  } catch (error) {
    const { message, hint, frames } = tell(error);
    setFailed([message, ...(hint === undefined ? [] : [hint]), ...frames].map(inertLine).join('\n'));
    return exitCodeOf(error);
  }
}

async function watched(request: Performable): Promise<Report> {
  using log = actionLog(() => performance.now());
  using stop = listenForStop((line) => log.warn(line));
  if (canLeaveTraces(request.operation)) saveBegun();
  try {
    const report = await perform(request, { log, signal: stop.signal, now: () => new Date() });
    saveDone();
    return report;
  } catch (error) {
    if (isBackupError(error) && isBeforeChanges(error.code)) saveDone();
    throw error;
  }
}

function canLeaveTraces(operation: OperationName): boolean {
  return operations.some(({ name, changesHost }) => name === operation && changesHost);
}

async function present(report: Report, environment: Environment): Promise<void> {
  for (const [name, value] of outputsOf(report)) setOutput(name, value);
  if (environment.GITHUB_STEP_SUMMARY !== undefined) await summary.addRaw(summaryOf(report)).write();
  refuseDegraded(report);
}
